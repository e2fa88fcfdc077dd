"""An Errbot that the tests of Squall talk to on standard input and output."""

import logging
import os
import sysconfig

BACKEND = "Text"
TEXT_DEMO_MODE = True  # each message once, no log in between
BOT_DATA_DIR = os.environ["BOT_FOLDER"]
BOT_LOG_FILE = os.path.join(BOT_DATA_DIR, "errbot.log")
BOT_LOG_LEVEL = logging.INFO
BOT_EXTRA_PLUGIN_DIR = os.path.join(sysconfig.get_path("purelib"), "err-stackstorm")
BOT_IDENTITY = {"username": "@errbot"}
BOT_ADMINS = ("@alice",)
BOT_PREFIX = "!"
CORE_PLUGINS = ("ACLs", "TextCmds")

_url = os.environ["BOT_URL"]
STACKSTORM = {
    "api_url": f"{_url}/api/v1",
    "auth_url": f"{_url}/auth/v1",
    "stream_url": f"{_url}/stream/v1",
    "route_key": "errbot",
    "plugin_prefix": "st2",
    "verify_cert": False,
    "api_auth": {"apikey": os.environ["BOT_KEY"]},
    "rbac_auth": {"standalone": {}},
}
