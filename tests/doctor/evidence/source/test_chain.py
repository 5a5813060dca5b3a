"""The steps of an application stand in their order, however its code is divided into functions, classes and files."""

from pathlib import Path

import pytest

from sessile.doctor.evidence.project import project
from sessile.doctor.evidence.source import javascript
from sessile.doctor.facts.source import Framework, Part
from tests.doctor.evidence.source.reading import read

IMPORTS = "import express from 'express'; import session from 'express-session'; import passport from 'passport'"
ME = "(req, res) => res.json(req.session.userId)"

LAYOUTS: dict[str, dict[str, str]] = {
    "one file, ES modules": {
        "app": f"""import express from 'express'; import session from 'express-session'
const app = express(); app.use(session({{ secret: 's' }})); app.get('/me', {ME}); app.listen(3000)"""
    },
    "one file, CommonJS": {
        "app": f"""const express = require('express'), session = require('express-session')
const app = express(); app.use(session({{ secret: 's' }})); app.get('/me', {ME})"""
    },
    "a function that sets up the session, and one that adds the routes": {
        "app": """import express from 'express'; import { registerRoutes } from './server/routes'
const app = express(); (async () => { const server = await registerRoutes(app); server.listen() })()""",
        "server__routes": f"""import {{ setupAuth }} from './auth'
export async function registerRoutes(app) {{ await setupAuth(app); app.get('/me', {ME}); return http.createServer(app) }}""",
        "server__auth": """import session from 'express-session'; import connectPg from 'connect-pg-simple'
export function getSession() { const pgStore = connectPg(session); const store = new pgStore({ tableName: 'sessions' })
  return session({ secret: process.env.SESSION_SECRET, store }) }
export async function setupAuth(app) { app.set('trust proxy', 1); app.use(getSession()) }""",
    },
    "a function of the module": {
        "app": """const express = require('express'); const app = express()
require('./session')(app); require('./routes')(app)""",
        "session": "const session = require('express-session'); module.exports = (app) => { app.use(session({ secret: 's' })) }",
        "routes": f"module.exports = function (app) {{ app.get('/me', {ME}) }}",
    },
    "a class": {
        "app": f"""import express from 'express'; import session from 'express-session'
class Server {{ app; constructor() {{ this.app = express(); this.middleware(); this.routes() }}
  routes() {{ this.app.get('/me', {ME}) }}
  middleware() {{ this.app.use(session({{ secret: 's' }})) }} }}
new Server()"""
    },
    "a router in a file of its own": {
        "app": """import express from 'express'; import session from 'express-session'; import routes from './routes.js'
const app = express(); app.use(session({ secret: 's' })); app.use('/', routes)""",
        "routes": f"""import {{ Router }} from 'express'
const router = Router(); router.get('/me', {ME}); export default router""",
    },
    "the application exported, its routes added by who imports it": {
        "app": """const express = require('express'); const session = require('express-session')
const app = express(); app.use(session({ secret: 's' })); module.exports = app""",
        "server": f"const app = require('./app'); app.get('/me', {ME}); app.listen(3000)",
    },
    "inside a promise": {
        "app": f"""import express from 'express'; import session from 'express-session'; const app = express()
connect().then(() => {{ app.use(session({{ secret: 's' }})); app.get('/me', {ME}) }})"""
    },
    "inside main": {
        "app": f"""import express from 'express'; import session from 'express-session'
async function main() {{ const app = express(); app.use(session({{ secret: 's' }})); app.get('/me', {ME}) }}
main()"""
    },
    "middleware in variables and lists": {
        "app": f"""import express from 'express'; import session from 'express-session'; const app = express()
const sessions = session({{ secret: 's' }}); app.use([sessions]).get('/me', {ME})"""
    },
    "NestJS": {
        "app": f"""import {{ NestFactory }} from '@nestjs/core'; import * as session from 'express-session'
async function bootstrap() {{ const app = await NestFactory.create(AppModule)
  app.use(session({{ secret: 's' }})); app.get('/me', {ME}) }}
bootstrap()"""
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_session_comes_before_the_route_that_needs_it(tmp_path: Path, layout: str) -> None:
    source = read(tmp_path, **LAYOUTS[layout])
    assert source.framework is Framework.EXPRESS
    assert [(step.part, step.path) for step in source.steps] == [(Part.SESSION, "/"), (Part.ROUTE, "/me")]
    assert source.steps[1].needs_session
    assert not any(step.conditional for step in source.steps)
    assert source.ordered
    assert source.complete


@pytest.mark.parametrize(
    ("code", "steps"),
    [
        (f"app.get('/me', {ME}); app.use(session({{}}))", [("route", "/me"), ("session", "/")]),
        ("app.use('/api', session({}))", [("session", "/api")]),
        ("const r = express.Router(); r.use(session({})); app.use('/api', r)", [("session", "/api/")]),
        ("app.use(express.static('public')); app.use(session({}))", [("files", "/"), ("session", "/")]),
        ("app.use(session({}), passport.initialize(), passport.session())",
         [("session", "/"), ("other", "/"), ("the user of the session", "/")]),
        ("app.use(passport.authenticate('session'))", [("the user of the session", "/")]),
        ("app.get('env'); app.route('/a').get(h).post(h)", [("route", "/a"), ("route", "/a")]),
        ("app.use(PREFIX + '/x', h)", [("other", "")]),
    ],
)  # fmt: skip
def test_order_and_mounting(tmp_path: Path, code: str, steps: list[tuple[str, str]]) -> None:
    source = read(tmp_path, app=f"{IMPORTS}\nconst app = express()\n{code}")
    assert [(step.part.value, step.path) for step in source.steps] == steps


def test_what_stands_under_a_condition_is_said_to(tmp_path: Path) -> None:
    code = """import express from 'express'; import session from 'express-session'; const app = express()
if (process.env.NODE_ENV === 'production') { app.set('trust proxy', 1); app.use(session({ a: 1 })) } else app.use(session({}))"""
    source = read(tmp_path, app=code)
    assert [step.conditional for step in source.steps] == [True, True]
    setting = source.setting("trust proxy")
    assert "equals='production', yes=Literal(value=1), no=Literal(value=False)" in repr(setting)


def test_the_application_with_sessions_is_the_one(tmp_path: Path) -> None:
    code = """import express from 'express'; import session from 'express-session'
const metrics = express(); metrics.get('/metrics', h); metrics.get('/a', h); const app = express(); app.use(session({}))"""
    assert [step.part for step in read(tmp_path, app=code).steps] == [Part.SESSION]


@pytest.mark.parametrize(
    ("code", "framework"),
    [
        (
            "import Fastify from 'fastify'; import s from '@fastify/session'; const app = Fastify(); app.register(s)",
            Framework.FASTIFY,
        ),
        (
            "const Koa = require('koa'), session = require('koa-session'); const app = new Koa(); app.use(session(app))",
            Framework.KOA,
        ),
    ],
)
def test_another_framework_is_recognised_and_its_order_is_not_judged(tmp_path: Path, code: str, framework: Framework) -> None:
    source = read(tmp_path, app=code)
    assert source.framework is framework
    assert not source.ordered
    assert (source.steps, source.acts) == ((), ())


def test_types_and_what_is_no_code_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "app.ts").write_text(
        "import express, { type Express } from 'express'; import session from 'express-session'\n"
        "const app: Express = express(); app.use(session({ secret: process.env.S as string }))\n"
        "app.get('/me', (req: Request, res: Response): void => { res.json((req.session as any).user!) })\n"
    )
    (tmp_path / "broken.js").write_bytes(b"\xff\xfe{{{{ import from from ;;; app.use(")
    (source,) = javascript.read(project(tmp_path))
    assert [step.part for step in source.steps] == [Part.SESSION, Part.ROUTE]
    assert source.steps[1].needs_session


def test_one_file_is_read_with_what_it_imports(tmp_path: Path) -> None:
    layout = LAYOUTS["a function that sets up the session, and one that adds the routes"]
    read(tmp_path, **layout)
    (source,) = javascript.read(project(tmp_path / "app.js"))
    assert [step.part for step in source.steps] == [Part.SESSION, Part.ROUTE]
    assert source.complete
    (tmp_path / "server" / "auth.js").unlink()
    (source,) = javascript.read(project(tmp_path / "app.js"))
    assert not source.complete
