"""Django's own put the half of the day behind the hour."""

DATETIME_FORMAT = "Y년 n월 j일 A g:i"
