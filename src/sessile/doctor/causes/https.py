"""The way out of plain http, where Secure cookies do not go: one scheme for everything."""

from sessile.doctor.findings import Change, Remedy

ONLY = Remedy(
    "Redirect every http request to https, and switch Strict-Transport-Security on",
    changes=(
        Change(
            "Express",
            "app.use(session(options))",
            "app.set('trust proxy', 1)\n"
            "app.use((req, res, next) => req.secure ? next() : res.redirect(308, `https://${req.hostname}${req.originalUrl}`))\n"
            "app.use(session(options))",
        ),
        Change("Starlette and FastAPI", "app = FastAPI()", "app = FastAPI()\napp.add_middleware(HTTPSRedirectMiddleware)"),
        Change("Django", "SECURE_SSL_REDIRECT = False", "SECURE_SSL_REDIRECT = True\nSECURE_HSTS_SECONDS = 31536000"),
        Change(
            "nginx",
            "listen 80;\nlisten 443 ssl;",
            "listen 443 ssl;\nadd_header Strict-Transport-Security max-age=31536000 always;\n\n"
            "server { listen 80; return 308 https://$host$request_uri; }",
        ),
    ),
)
"""Nothing but redirects is answered over plain http."""
