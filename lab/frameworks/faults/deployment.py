"""Faults of what starts a service or stands before it: Procfile and nginx."""

from lab.frameworks.faults.fault import FrameworkFault

NGINX = """server {
    listen 443 ssl;
    server_name shop.example;
    location /static/ { proxy_pass http://app; proxy_hide_header Set-Cookie; }
    location / {
        proxy_pass http://app;
        proxy_set_header Host $host;
        %s
    }
}
upstream app { server web:8000; }
"""
FAULTS = (
    FrameworkFault(
        name="start-empties-tables",
        kind="django",
        cause="find-rows-removed",
        files={"Procfile": "web: python manage.py flush --noinput && gunicorn shop.wsgi\n"},
    ),
    FrameworkFault(
        name="start-makes-secret-up",
        kind="flask",
        cause="verify-secret-random-per-boot",
        files={"Procfile": "web: SECRET_KEY=$(openssl rand -hex 32) gunicorn app:app\n"},
    ),
    FrameworkFault(
        name="nginx-strips-cookie",
        kind="flask",
        cause="arrive-proxy-strips-cookie",
        files={"nginx.conf": NGINX % 'proxy_set_header Cookie "";'},
    ),
    FrameworkFault(
        name="nginx-hides-set-cookie",
        kind="flask",
        cause="set-proxy-strips-set-cookie",
        files={"nginx.conf": NGINX % "proxy_hide_header Set-Cookie;"},
    ),
    FrameworkFault(
        name="nginx-moves-cookie",
        kind="flask",
        cause="send-path-mismatch",
        files={"nginx.conf": NGINX % "proxy_cookie_path / /admin/;"},
    ),
    FrameworkFault(
        name="nginx-caches-refusals",
        kind="flask",
        cause="agree-shared-cache-answers",
        files={"nginx.conf": NGINX % "proxy_cache shop; proxy_cache_valid any 10m;"},
    ),
)
