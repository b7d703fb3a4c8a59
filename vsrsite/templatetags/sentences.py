"""`{{ sentence|translated }}`: what was said in English somewhere else, in the reader's language."""

from django import template

from vsrsite import sentences

register = template.Library()
register.filter("translated", sentences.translated)
