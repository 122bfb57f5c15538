"""A server of mails for the tests: aiosmtpd, on a free port of 127.0.0.1.

Its only argument is JSON: `tls` (`none`, `starttls` or `tls`), `login` (a user and a password, or null), `certificate` and
`key` (files). On its standard output it says its port, then each mail that was handed over, a line of JSON each. A line of
JSON on its standard input names a step (`mail`, `rcpt`, `data`) and how that is answered the next time: with an answer, by
closing the connection (`drop`), or never (`hang`). When its input ends, so does it.
"""

import asyncio
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


class Handler:
    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        answer = next_answer("mail")
        if answer:
            return answer
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        answer = next_answer("rcpt")
        if answer:
            return answer
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
        if answer == "drop":
            server.transport.abort()
            return "451 4.3.0 Never heard"
        if answer == "hang":
            await asyncio.Event().wait()
        return answer


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
        )

    server = await loop.create_server(session, "127.0.0.1", 0, ssl=tls if options["tls"] == "tls" else None)
    tell(server.sockets[0].getsockname()[1])
    await listen_to_input(loop, stop)
    await stop.wait()


asyncio.run(main())
