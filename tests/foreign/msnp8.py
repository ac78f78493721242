"""Two people use a foreign MSNP8 client against the emulator: everything they do must succeed.

    msnp8.py DISPATCH NEXUS CA_FILE

Prints a line for each thing that was seen to work, and `done` at the end; any failure exits with 1.
The client is Twisted's, unchanged but for its grammar. Its known bugs are worked around below, by name.
"""

import hashlib
import os
import sys

from twisted.internet import defer, reactor, ssl, task
from twisted.internet.protocol import ClientFactory
from twisted.protocols.basic import LineReceiver
from twisted.web.http import HTTPClient

sys.path.insert(0, os.path.dirname(os.path.dirname(sys.executable)))
import twisted_msn as msn  # noqa: E402

DISPATCH, NEXUS, CA_FILE = sys.argv[1:]
LATIN = "latin-1"
ANNA, BERT = "anna@example.net", "bert@example.net"
PASSWORDS = {ANNA: "secret", BERT: "hidden"}


# ---- Octets and text: the client was written when they were the same ----

def text(octets):
    return octets.decode(LATIN) if isinstance(octets, bytes) else octets


def octets(words):
    return words.encode(LATIN) if isinstance(words, str) else words


class TextTransport:
    def __init__(self, transport):
        self.transport = transport

    def write(self, words):
        self.transport.write(octets(words))

    def __getattr__(self, name):
        return getattr(self.transport, name)


def speak_text(base):
    line_received, raw_received = base.lineReceived, base.rawDataReceived
    base.lineReceived = lambda self, line: line_received(self, text(line))
    base.sendLine = lambda self, line: LineReceiver.sendLine(self, octets(line))
    base.setLineMode = lambda self, extra="": LineReceiver.setLineMode(self, octets(extra))
    base.makeConnection = lambda self, transport: LineReceiver.makeConnection(self, TextTransport(transport))

    def raw(self, data):
        # Bug: a payload that comes in pieces is added to the message object instead of its text (TypeError).
        message, data = self.currentMessage, text(data)
        if message.readPos + len(data) < message.length:
            message.readPos += len(data)
            message.message += data
        else:
            raw_received(self, data)

    base.rawDataReceived = raw


def speak_http(protocol):
    handle_header = protocol.handleHeader
    protocol.sendCommand = lambda self, verb, path: HTTPClient.sendCommand(self, octets(verb), octets(path))
    protocol.sendHeader = lambda self, name, value: HTTPClient.sendHeader(self, octets(name), octets(value))
    protocol.handleHeader = lambda self, name, value: handle_header(self, text(name), text(value))


speak_text(msn.MSNEventBase)
speak_http(msn.PassportNexus)
speak_http(msn.PassportLogin)
msn.md5 = lambda words: hashlib.md5(octets(words))


# ---- Bugs and hard-wired things of the client ----

class Reactor:
    """Passport's port is hard-wired to 443, and its certificate is not looked at: ours is, with our authority."""

    def connectSSL(self, host, port, factory, _context):
        host, _, port = host.partition(":")
        with open(CA_FILE, "rb") as file:
            authority = ssl.Certificate.loadPEM(file.read())
        context = ssl.optionsForClientTLS(host, trustRoot=authority)
        reactor.connectSSL(host, int(port or 443), factory, context)

    def __getattr__(self, name):
        return getattr(reactor, name)


msn.reactor = Reactor()
# Bug: the answer of the Passport login, a Deferred, is handed on as if it were the ticket.
msn.execute = defer.maybeDeferred


def change_status(self, status):
    # Bug: CHG goes without the capability number that MSNP8 has; servers ignore that.
    id, deferred = self._createIDMapping()
    self.sendLine("CHG %s %s 0" % (id, status))

    def changed(answer):
        self.factory.status = answer[0]
        return answer

    return deferred.addCallback(changed)


msn.NotificationClient.changeStatus = change_status


# ---- The people ----

class Events:
    """What somebody saw, and who waits to see it."""

    def __init__(self):
        self.seen, self.waiting = [], []

    def see(self, *event):
        self.seen.append(event)
        for wanted, deferred in list(self.waiting):
            if wanted == event:
                self.waiting.remove((wanted, deferred))
                deferred.callback(event)

    def wait(self, *event):
        if event in self.seen:
            return defer.succeed(event)
        deferred = defer.Deferred()
        self.waiting.append((event, deferred))
        deferred.addTimeout(15, reactor, lambda *_: fail(f"never saw {event}, only {self.seen}"))
        return deferred


def fail(why):
    print(why, file=sys.stderr, flush=True)
    os._exit(1)


def check(what, good):
    if not good:
        fail(f"not so: {what}")
    print(what, flush=True)


class Session(msn.NotificationClient):
    def connectionMade(self):
        self.events = self.factory.events
        msn.NotificationClient.connectionMade(self)

    def gotProfile(self, message):
        self.events.see("profile", message.getHeader("preferredEmail"))

    def loginFailure(self, message):
        self.events.see("refused", message)

    def listSynchronized(self, result):
        self.events.see("lists", result[0] is not None)

    def gotContactStatus(self, status, who, name):
        msn.NotificationClient.gotContactStatus(self, status, who, name)
        self.events.see("initially", who, status, name)

    def contactStatusChanged(self, status, who, name):
        msn.NotificationClient.contactStatusChanged(self, status, who, name)
        self.events.see("status", who, status, name)

    def contactOffline(self, who):
        msn.NotificationClient.contactOffline(self, who)
        self.events.see("offline", who)

    def handle_QRY(self, params):
        self.events.see("challenge passed")

    def gotSwitchboardInvitation(self, session, host, port, key, who, name):
        board = Board(self.events, self.factory.userHandle, key)
        board.sessionID, board.reply = session, 1
        connect(host, port, board)
        self.events.see("invited by", who, name)

    def multipleLogin(self):
        self.events.see("signed in elsewhere")

    def gotBadLine(self, line, why):
        fail(f"the client can't read {line!r}: {why}")

    def handle_UNKNOWN(self, verb, params):
        fail(f"the client does not know {verb} {params}")


class Board(msn.SwitchboardClient):
    def __init__(self, events, me, key):
        msn.SwitchboardClient.__init__(self)
        self.events, self.userHandle, self.key = events, me, key
        events.board = self

    def loggedIn(self):
        self.events.see("on the switchboard")

    def gotChattingUsers(self, users):
        self.events.see("in the room", *sorted(users))

    def userJoined(self, who, name):
        self.events.see("joined", who, name)

    def userLeft(self, who):
        self.events.see("left", who)

    def userTyping(self, message):
        self.events.see("typing", message.userHandle)

    def gotMessage(self, message):
        self.events.see("message", message.userHandle, message.getMessage())

    gotBadLine = Session.gotBadLine
    handle_UNKNOWN = Session.handle_UNKNOWN


class Dispatch(msn.DispatchClient):
    def __init__(self, who, referred):
        msn.DispatchClient.__init__(self)
        self.userHandle, self.referred = who, referred

    def gotNotificationReferral(self, host, port):
        self.referred.callback((host, port))


def connect(host, port, protocol, factory=None):
    factory = factory or ClientFactory()
    factory.protocol = lambda: protocol
    factory.noisy = False
    protocol.factory = factory
    reactor.connectTCP(host, port, factory)


def say(words):
    message = msn.MSNMessage(message=words)
    message.setHeader("Content-Type", "text/plain; charset=UTF-8")
    return message


@defer.inlineCallbacks
def sign_in(who, password, contacts=None):
    referred = defer.Deferred()
    host, _, port = DISPATCH.partition(":")
    connect(host, int(port), Dispatch(who, referred))
    host, port = yield referred
    factory = ClientFactory()
    factory.userHandle, factory.password, factory.passportServer = who, password, NEXUS
    factory.contacts, factory.events = contacts, Events()
    session = Session()
    connect(host, port, session, factory)
    return session


@defer.inlineCallbacks
def play():
    stranger = yield sign_in(ANNA, "wrong")
    yield stranger.factory.events.wait("refused", "Wrong password")
    check("a wrong password is refused in words", True)
    stranger.transport.loseConnection()

    anna = yield sign_in(ANNA, PASSWORDS[ANNA])
    seen = anna.factory.events
    yield seen.wait("profile", ANNA)
    yield seen.wait("lists", True)
    lists = anna.factory.contacts
    check("dispatch, Passport over TLS and sign-in", anna.factory.screenName == "Anna Ü")
    check("the lists are whole", sorted(lists.contacts) == [BERT, "cleo@example.net"])
    check("list bits", lists.getContact(BERT).lists == 11 and lists.getContact("cleo@example.net").lists == 4)
    check("groups", lists.groups == {0: "Other Contacts", 1: "Friends"} and lists.getContact(BERT).groups == [1])
    yield seen.wait("challenge passed")
    check("the challenge is passed", True)

    bert = yield sign_in(BERT, PASSWORDS[BERT])
    theirs = bert.factory.events
    yield theirs.wait("initially", ANNA, "NLN", "Anna Ü")
    yield seen.wait("status", BERT, "NLN", "Bert")
    check("presence at sign-in, both ways", True)
    yield anna.changeStatus("BSY")
    yield theirs.wait("status", ANNA, "BSY", "Anna Ü")
    check("a change of state is told", True)
    yield anna.changeScreenName("Anna ★")
    yield theirs.wait("status", ANNA, "BSY", "Anna ★")
    check("a rename is told", True)

    version, name, group = yield anna.addListGroup("Chess club")
    check("a group is made", (name, group) == ("Chess club", 2))
    yield anna.addContact(msn.FORWARD_LIST, BERT, 2)
    yield anna.remContact(msn.FORWARD_LIST, BERT, 1)
    yield anna.addContact(msn.BLOCK_LIST, BERT)
    yield theirs.wait("offline", ANNA)
    check("the blocked one sees nobody", True)
    theirs.seen.remove(("status", ANNA, "BSY", "Anna ★"))
    yield anna.remContact(msn.BLOCK_LIST, BERT)
    yield theirs.wait("status", ANNA, "BSY", "Anna ★")
    check("and sees her again", True)

    host, port, key = yield anna.requestSwitchboardServer()
    connect(host, port, Board(seen, ANNA, key))
    yield seen.wait("on the switchboard")
    yield seen.board.inviteUser(BERT)
    yield theirs.wait("invited by", ANNA, "Anna ★")
    yield theirs.wait("in the room", ANNA)
    yield seen.wait("joined", BERT, "Bert")
    check("call, invitation and joining", True)
    seen.board.sendTypingNotification()
    yield theirs.wait("typing", ANNA)
    yield seen.board.sendMessage(say("lunch at 12?"))
    yield theirs.wait("message", ANNA, "lunch at 12?")
    check("typing and a message with ACK", True)
    long = "x" * 1500
    yield theirs.board.sendMessage(say(long))
    yield seen.wait("message", BERT, long)
    check("a long answer", True)
    theirs.board.transport.loseConnection()
    yield seen.wait("left", BERT)
    yield seen.board.sendMessage(say("anybody?"))  # NAK fires the same callback in this client
    check("leaving, and NAK when alone", True)

    known = anna.factory.contacts
    anna.transport.loseConnection()
    yield theirs.wait("offline", ANNA)
    again = yield sign_in(ANNA, PASSWORDS[ANNA], known)
    yield again.factory.events.wait("lists", False)
    check("a known list serial is answered without lists", True)
    yield sign_in(ANNA, PASSWORDS[ANNA])
    yield again.factory.events.wait("signed in elsewhere")
    check("the older session hears of the younger", True)
    print("done", flush=True)


def main(_reactor):
    done = play()
    done.addTimeout(60, reactor)
    return done


task.react(main)
