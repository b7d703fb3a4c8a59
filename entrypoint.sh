#!/bin/sh
# What a container of the one image does: its role is the first word of its command.
set -eu

case "$1" in
    web)
        python manage.py prepare
        exec gunicorn --config vsrsite/gunicorn.py vsrsite.wsgi
        ;;
    light)
        python manage.py prepare --wait
        exec python manage.py cluster light
        ;;
    worker)
        python manage.py prepare --wait
        exec python manage.py cluster heavy
        ;;
    migrate)
        exec python manage.py prepare
        ;;
    manage)
        shift
        exec python manage.py "$@"
        ;;
    *)
        exec "$@"
        ;;
esac
