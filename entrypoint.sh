#!/bin/sh
# What a container of the one image does: its role is the first word of its command.
set -eu

# The containers of one site, on one machine or several, must share it; nobody else may know it.
if [ -z "${SECRET_KEY:-}${SECRET_KEY_FILE:-}" ]; then
    echo "There is no SECRET_KEY: put one of fifty random characters into .env (docs/deploy.md)." >&2
    exit 1
fi

case "$1" in
    web)
        python manage.py prepare --wait
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
        exec python manage.py prepare --no-static
        ;;
    manage)
        shift
        exec python manage.py "$@"
        ;;
    *)
        exec "$@"
        ;;
esac
