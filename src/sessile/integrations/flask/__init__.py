"""Sessions for Flask: one line in the place of its own, or of Flask-Session.

    app = Flask(__name__)
    Sessions(app, store=PostgresStore(DATABASE_URL), secret=SESSION_SECRET)

`flask.session` is a dict as before, with `.id`, `.outcome`, `.regenerate()`, `.save()` and `.destroy()`; the `session` of this
package is the same object, typed.
"""

from sessile.integrations.flask.predecessors import FlaskCookie as FlaskCookie, FlaskSessionTable as FlaskSessionTable
from sessile.integrations.flask.session import FlaskSession as FlaskSession, session as session
from sessile.integrations.flask.sessions import Sessions as Sessions
