#!/bin/sh
# What a container of the one image does: its role is the first word of its command.
set -eu

# Web makes the key and the tables; the others may come up before it.
wait_for_web() {
    until why=$(python manage.py migrate --check 2>&1); do
        echo "Waiting for web to prepare the database. $(echo "$why" | tail -n 1)"
        sleep 3
    done
}

case "$1" in
    web)
        python manage.py prepare
        exec gunicorn --config vsrsite/gunicorn.py vsrsite.wsgi
        ;;
    light)
        wait_for_web
        exec python manage.py cluster light
        ;;
    worker)
        wait_for_web
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
