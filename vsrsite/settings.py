"""The site's settings. Everything that differs between machines comes from the environment."""

from datetime import timedelta
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from duf import catalog
from vsrsite import databases, env, listening, logs
from vsrsite.email import email_settings
from vsrsite.paths import BASE_DIR, MEDIA_DIR, VAR_DIR
from vsrsite.secret_key import secret_key

GIB = 1024**3

# Who we are

SECRET_KEY = secret_key()
DEBUG = env.boolean("DEBUG", False)
SITE_URL = env.origin("SITE_URL", listening.origin())
SITE_NAME = env.text("SITE_NAME", "Upscaler")
ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "localhost", "localhost", "127.0.0.1", *env.words("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
SECURE = SITE_URL.startswith("https://")
WEB_WORKERS = env.integer("WEB_WORKERS", 2, least=1)
WEB_THREADS = env.integer("WEB_THREADS", 16, least=1)  # of each
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0)  # how many of our own stand before us, one behind the other

ROOT_URLCONF = "vsrsite.urls"
WSGI_APPLICATION = "vsrsite.wsgi.application"

INSTALLED_APPS = [
    "accounts",
    "api",
    "videos",
    "vsrsite",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_guid",
    "django_htmx",
    "django_q",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django_guid.middleware.guid_middleware",
    "vsrsite.proxies.TrustedProxies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.languages.ReadersLanguage",
    "django.middleware.common.CommonMiddleware",
    "api.envelope.Envelope",  # after the last, which tells the length of the answer
    "api.auth.TokenUploads",  # before the next: a token needs no proof of our own pages
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.staff.StaffNeedsMfa",
    "videos.limits.TellsTooMany",
    "videos.outages.TellsOutages",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.i18n",
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "videos.context.site",
                "accounts.context.ways_in",
            ],
        },
    },
]

# What we keep: everything below var/, unless the environment names a PostgreSQL and a Redis

REDIS_URL = env.text("REDIS_URL")
DATABASES = {"default": databases.database(env.text("DATABASE_URL"), env.text("POSTGRES_PASSWORD"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": databases.cache(REDIS_URL)}

MEDIA_ROOT = MEDIA_DIR
FILE_UPLOAD_TEMP_DIR = MEDIA_ROOT  # where the limits on free disk hold

# In the place of MEDIA_ROOT, which then holds only what is being made
S3_BUCKET = env.text("S3_BUCKET")
S3_REGION = env.text("S3_REGION", "us-east-1")
S3_ENDPOINT = env.origin("S3_ENDPOINT", f"https://s3.{S3_REGION}.amazonaws.com")
S3_KEY_ID = env.text("S3_KEY_ID")
S3_SECRET = env.text("S3_SECRET")
S3_PREFIX = env.text("S3_PREFIX")  # of all keys
S3_REDIRECT = env.boolean("S3_REDIRECT", True)  # browsers get files from there; off: through us

# nginx's internal location over MEDIA_ROOT; empty: we send files ourselves
X_ACCEL_PREFIX = "" if S3_BUCKET else env.text("X_ACCEL_PREFIX")

STATIC_ROOT = env.text("STATIC_ROOT", str(VAR_DIR / "static"))
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

EMAIL_URL = env.text("EMAIL_URL")
globals().update(email_settings(EMAIL_URL))
EMAIL_TIMEOUT = 20  # seconds
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"no-reply@{ALLOWED_HOSTS[0]}")

SIGNUP = env.choice("SIGNUP", "open", "invitation", "closed")
INVITATION_DAYS = env.integer("INVITATION_DAYS", 14)
STAFF_NEEDS_MFA = env.boolean("STAFF_NEEDS_MFA", False)
AUDIT_DAYS = env.integer("AUDIT_DAYS", 365)  # how long the log of who did what is kept; 0: for ever

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {"signup": "accounts.forms.SignupForm"}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL else "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # this session goes on; all others end, for they hang on the password
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"

# Browsers make passkeys only for a name reached by TLS, or for this very machine.
PASSKEYS = SECURE or urlsplit(SITE_URL).hostname == "localhost"
MFA_ADAPTER = "accounts.adapters.MfaAdapter"
MFA_FORMS = {"add_webauthn": "accounts.forms.PasskeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SECURE
MFA_ALLOW_UNVERIFIED_EMAIL = not EMAIL_URL
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # steps of 30 s by which a telephone's clock may be wrong

# Sign-in by the organisation's own OpenID Connect provider, which is trusted to know whose address is whose.
OIDC_URL = env.address("OIDC_URL")
OIDC_ORIGIN = ["{0.scheme}://{0.netloc}".format(urlsplit(OIDC_URL))] if OIDC_URL else []
OIDC_NAME = env.text("OIDC_NAME", "OpenID Connect")
OIDC_SIGNUP = env.boolean("OIDC_SIGNUP", True)
OIDC_APP = {
    "provider_id": "oidc",
    "name": OIDC_NAME,
    "client_id": env.text("OIDC_CLIENT_ID"),
    "secret": env.text("OIDC_SECRET"),
    "settings": {"server_url": OIDC_URL, "email_authentication": True, "oauth_pkce_enabled": True},
}
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [OIDC_APP] if OIDC_URL else []}}
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True

# The browser's rules

S3_ORIGIN = [S3_ENDPOINT] if S3_BUCKET and S3_REDIRECT else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, *S3_ORIGIN],
        "media-src": [SELF, *S3_ORIGIN],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *OIDC_ORIGIN],  # the button's answer leads there
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = SECURE and TRUSTED_PROXIES > 0
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)/?$"]  # asked from within, past the proxy
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 30 * 24 * 3600 if SECURE else 0)
SECURE_REFERRER_POLICY = "same-origin"
# HSTS for other names of the domain, and for ever in every browser, is not for one site of it to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# Language and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["vsrsite.formats"]
TIME_ZONE = env.time_zone("TIME_ZONE", "UTC")
USE_TZ = True

# What a person may use; a value on the user's own row, or on a group's, goes before these. Bytes and megapixel-frames
# are what limits; the numbers let a whole series in, and keep out what runs away.

MAX_STORED_BYTES = env.integer("MAX_STORED_BYTES", 20 * GIB)
MAX_VIDEOS = env.integer("MAX_VIDEOS", 5000)
MAX_UPLOAD_BYTES = env.integer("MAX_UPLOAD_BYTES", 4 * GIB)
MAX_SECONDS = env.integer("MAX_SECONDS", 3 * 3600)
MAX_PIXELS = env.integer("MAX_PIXELS", 4096 * 2304)  # of one frame of the upload
MAX_FRAMES = env.integer("MAX_FRAMES", 1_000_000)
MAX_MONTH_WORK = env.integer(
    "MAX_MONTH_WORK", 10_000_000
)  # megapixel-frames of originals; 50 h of 1080p are about this
MAX_JOBS = env.integer("MAX_JOBS", 1000)  # at once, waiting or in work
MAX_RESULT_PIXELS = env.integer("MAX_RESULT_PIXELS", 8192 * 4608)  # of one frame of the result

# Nothing is begun that would leave less than this free on the disk, and running work pauses.
DISK_RESERVE_BYTES = env.integer("DISK_RESERVE_BYTES", 2 * GIB)

# How often one person may begin something; 0 is no limit. A batch is one click and counts once, however many videos it
# is over: their conversions begin only as places among MAX_JOBS come free, and each counts towards MAX_MONTH_WORK.
UPLOADS_PER_HOUR = env.integer("UPLOADS_PER_HOUR", 1000)
JOBS_PER_HOUR = env.integer("JOBS_PER_HOUR", 1000)
API_REQUESTS_PER_MINUTE = env.integer("API_REQUESTS_PER_MINUTE", 600)  # of one token

UPLOAD_LIFE = timedelta(hours=env.integer("UPLOAD_HOURS", 48))  # an unfinished upload, after its last byte

# How long things stay, in days after a result was made; 0 is for ever (videos/retention.py)

RESULT_DAYS = env.integer("RESULT_DAYS", 0)
ORIGINAL_DAYS = env.integer("ORIGINAL_DAYS", 0)  # of an original that has a result
EXPIRY_NOTICE_DAYS = env.integer("EXPIRY_NOTICE_DAYS", 7)  # before which the owner is told

# Work

LEASE = timedelta(seconds=env.integer("LEASE_SECONDS", 60))
STALL_SECONDS = env.integer("STALL_SECONDS", 180)  # claimable work waits this long: the cluster is stuck
MAX_ATTEMPTS = 3
LIGHT_WORKERS = 3  # one of them never checks uploads, so that planning and assembling do not wait for that
HEAVY_WORKERS = env.integer("HEAVY_WORKERS", 1, least=1)
DEFAULT_MODEL = env.text("DEFAULT_MODEL", catalog.DEFAULT)

# Rows hold the work and its leases; a queued task only wakes somebody, so it is delivered once and never retried.
Q_CLUSTER = {
    "name": "light",
    **databases.broker(REDIS_URL),
    "workers": LIGHT_WORKERS,
    "timeout": 900,
    "retry": 3600,
    "ack_failures": True,
    "max_attempts": 1,
    "queue_limit": 1,
    "bulk": 1,
    "poll": 0.25,  # seconds; a conversion hears three calls, and somebody waits for each
    "guard_cycle": 1,
    "catch_up": False,
    "save_limit": 250,
    "log_level": "WARNING",
    "ALT_CLUSTERS": {"heavy": {"workers": HEAVY_WORKERS, "recycle": 10_000}},
}

# Looking after it

METRICS_TOKEN = env.text("METRICS_TOKEN")  # for /metrics; empty: only programs on this machine may ask

LOGGING = logs.configuration(env.choice("LOG_FORMAT", "line", "json"))
DJANGO_GUID = {"GUID_HEADER_NAME": logs.HEADER, "UUID_FORMAT": "string", "EXPOSE_HEADER": False}
