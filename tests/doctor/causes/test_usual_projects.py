"""Projects as people have them, with several deployment files that do not speak of one place: nothing is said to be wrong."""

from pathlib import Path

import pytest

from sessile.doctor.diagnose import diagnose
from sessile.doctor.evidence.gathering import Options, gather
from sessile.doctor.evidence.sorting import sort
from tests.doctor.causes.frameworks import django, flask, starlette

ONE, OTHER = "Vq3xT8mZ1nB6kR9wL4pY7sD2fH5jC0gA", "Kd8fW2mX5qN7bV1rT4yG9zL0cJ3hS6pE"
AROUND = {
    ".env": f"SECRET_KEY={ONE}\nPORT=8000\n",
    "compose.yaml": "services:\n  app:\n    ports: ['80:80']\n"
    f"    environment: {{SECRET_KEY: {OTHER}}}\n  db: {{image: 'postgres:17'}}\n",
    "render.yaml": "services:\n- type: web\n  name: shop\n  plan: starter\n  numInstances: 2\n  envVars:\n"
    "  - {key: SECRET_KEY, generateValue: true}\n- type: web\n  name: admin\n"
    "  envVars: [{key: SECRET_KEY, generateValue: true}]\n",
    "Procfile": "web: gunicorn -w 4 app:app\nrelease: python manage.py migrate\n",
    "Dockerfile": "FROM python:3.13\nENV PYTHONUNBUFFERED=1\nRUN pip install -r requirements.txt\n"
    'CMD ["gunicorn", "-w", "4", "app:app"]\n',
    "nginx/nginx.conf": "http { proxy_cache_path /c keys_zone=s:1m;\n"
    "server { listen 80; return 301 https://$host$request_uri; }\n"
    "server { listen 443 ssl; server_name shop.example; large_client_header_buffers 4 16k;\n"
    "location /static/ { proxy_pass http://app; proxy_cache s; proxy_cache_valid any 1h; proxy_hide_header Set-Cookie; }\n"
    "location / { proxy_pass http://app; proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme; } } }\n",
}
SECRET = 'os.environ["SECRET_KEY"]'
SERVICES = {
    "starlette": starlette(f'secret_key={SECRET}, https_only=True, same_site="lax", max_age=None'),
    "starlette, none": starlette(f'secret_key={SECRET}, https_only=True, same_site="none"'),
    "flask": flask(
        f"app.secret_key = {SECRET}\napp.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_DOMAIN='.shop.example')"
    ),
    "flask, by class": flask("app.config.from_object('config.Production')")
    | {"config.py": f"import os\nclass Production:\n    SECRET_KEY = {SECRET}\n    SESSION_COOKIE_SAMESITE = 'Lax'\n"},
    "django": django(f"SECRET_KEY = {SECRET}\nSESSION_COOKIE_SECURE = True\nSESSION_COOKIE_DOMAIN = 'shop.example'"),
    "django, redis": django(
        f"SECRET_KEY = {SECRET}\nSESSION_ENGINE = 'django.contrib.sessions.backends.cache'\n"
        "CACHES = {'default': {'BACKEND': 'django.core.cache.backends.redis.RedisCache'}}"
    ),
    "django, signed cookies": django(
        f"SECRET_KEY = {SECRET}\nSESSION_ENGINE = 'django.contrib.sessions.backends.signed_cookies'"
    ),
    "sessile": {
        "main.py": starlette("store=PostgresStore()")["main.py"].replace(
            "starlette.middleware.sessions import", "sessile import PostgresStore,"
        )
    },
}


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_is_wrong(tmp_path: Path, name: str) -> None:
    for file, text in (AROUND | SERVICES[name]).items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    items = [item for item in sort([str(tmp_path)], {}) if item.path]
    found = diagnose(gather(items, Options(), patience=60).facts)
    assert [(suspect.cause.id, suspect.evidence) for suspect in found.causes if suspect.probability >= 0.6] == []
    assert not [one for one in found.not_checked if "its check ended" in one.why]
