"""A server of mails for the tests: aiosmtpd, on a free port of 127.0.0.1.

Its only argument is JSON: `tls` (`none`, `starttls` or `tls`), `login` (a user and a password, or null), `certificate` and
`key` (files), and, where they are to be others than usual, `utf8` (it takes addresses in any script) and `size` (the largest
mail that it takes, in bytes). On its standard output it says its port, then each mail that was handed over, a line of JSON each. A line of
JSON on its standard input names a step (`mail`, `rcpt`, `data`) and how that is answered the next time: with an answer, by
closing the connection (`drop`), or never (`hang`). Access tokens (XOAUTH2) are taken that begin with `good`. When its input
ends, so does it.
"""

import asyncio
import base64
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

options = json.loads(sys.argv[1])
answers = {"mail": [], "rcpt": [], "data": []}


def tell(what):
    print(json.dumps(what), flush=True)


def next_answer(step):
    return answers[step].pop(0) if answers[step] else None


async def say(server, answer, step):
    if answer == "drop":
        server.transport.abort()
        return "451 4.3.0 Never heard"
    if answer == "hang":
        tell({"hangs": step})
        await asyncio.Event().wait()
    return answer


class Handler:
    async def auth_XOAUTH2(self, server, args):
        said = base64.b64decode(args[1]).decode() if len(args) > 1 else ""
        token = said.partition("auth=Bearer ")[2].strip("\x01")
        return AuthResult(success=token.startswith("good"), handled=False, auth_data=token)

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        answer = next_answer("mail")
        if answer and not answer.startswith("2"):
            return await say(server, answer, "mail")
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        answer = next_answer("rcpt")
        if answer and not answer.startswith("2"):
            return await say(server, answer, "rcpt")
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        answer = next_answer("data") or "250 2.0.0 OK: queued"
        tell(
            {
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "text": envelope.content.decode("latin-1"),
                "tls": session.ssl is not None or options["tls"] == "tls",
                "user": session.auth_data,
                "greeting": session.host_name,
                "answer": answer,
            }
        )
        return await say(server, answer, "data")


def authenticate(server, session, envelope, mechanism, data):
    user, password = data.login.decode(), data.password.decode()
    if [user, password] != options["login"]:
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=user)


async def listen_to_input(loop, stop):
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        step, answer = json.loads(line)
        answers[step].append(answer)
        tell("heard")
    stop.set()


async def main():
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    tls = None
    if options["tls"] != "none":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(options["certificate"], options["key"])

    def session():
        return SMTP(
            Handler(),
            hostname="mail.test",
            tls_context=tls if options["tls"] == "starttls" else None,
            require_starttls=options["tls"] == "starttls",
            authenticator=authenticate,
            auth_required=options["login"] is not None,
            auth_require_tls=options["tls"] == "starttls",
            loop=loop,
            enable_SMTPUTF8=options.get("utf8", False),
            data_size_limit=options.get("size", 33554432),
        )

    server = await loop.create_server(session, "127.0.0.1", 0, ssl=tls if options["tls"] == "tls" else None)
    tell(server.sockets[0].getsockname()[1])
    await listen_to_input(loop, stop)
    await stop.wait()


asyncio.run(main())
