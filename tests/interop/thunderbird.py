#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
#
# thunderbird.py PORT USER PASSWORD DIRECTORY - Thunderbird with an account on an IMAP server: it lists, reads, flags,
# makes a folder, moves, copies, removes, and is told of a message that arrives, by its own functions, called over
# Marionette (a line protocol of its own; the pages it would click in are the same functions). DIRECTORY is for its
# profile and log. Prints a line for each thing that it has done, "WHAT: RESULT".
import json, os, shutil, socket, subprocess, sys, time

PORT, USER, PASSWORD, WHERE = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
START = 60    # seconds until it listens
SCRIPT = 30   # seconds that a step may take

PREFS = {
    "marionette.port": 0,
    "app.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True,
    "mail.winsearch.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "mail.shell.checkDefaultClient": False,
    "mail.rights.version": 1,
    "network.proxy.type": 0,
    "signon.rememberSignons": False,
    "mail.server.default.use_idle": True,
    "mail.server.default.using_subscription": False,
    "mail.imap.expunge_after_delete": True,
}


class Marionette:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), SCRIPT + 10)
        self.rest, self.number = b"", 0
        self.receive()

    def receive(self):
        while b":" not in self.rest:
            self.more()
        length, _, self.rest = self.rest.partition(b":")
        while len(self.rest) < int(length):
            self.more()
        packet, self.rest = self.rest[:int(length)], self.rest[int(length):]
        return json.loads(packet)

    def more(self):
        piece = self.socket.recv(65536)
        if not piece:
            raise SystemExit("Thunderbird has hung up")
        self.rest += piece

    def call(self, name, **arguments):
        self.number += 1
        packet = json.dumps([0, self.number, name, arguments]).encode()
        self.socket.sendall(b"%d:%s" % (len(packet), packet))
        _, _, error, result = self.receive()
        if error:
            raise SystemExit("%s: %s" % (name, error.get("message", error)))
        return result

    def run(self, script, *arguments):
        """An asynchronous function body; what it returns."""
        wrapped = "const done = arguments[arguments.length - 1];" \
            "(async (...args) => {%s%s})(...arguments).then(done, e => done('error: ' + e));" % (PRELUDE, script)
        return self.call("WebDriver:ExecuteAsyncScript", script=wrapped, args=list(arguments), newSandbox=False,
                         sandbox="system", scriptTimeout=SCRIPT * 1000)["value"]


PRELUDE = """
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
const pause = ms => new Promise(r => setTimeout(r, ms));
const until = async question => { for (let i = 0; i < 250; i++) { const got = question(); if (got) return got; await pause(100); }
    throw new Error("in vain: " + question); };
const server = () => MailServices.accounts.allServers.find(s => s.type == "imap");
const folder = path => path.split("/").reduce((at, name) => at && at.subFolders.find(f => f.name == name), server().rootFolder);
const ended = start => new Promise((resolve, reject) => start({ OnStartRunningUrl() {},
    OnStopRunningUrl: (url, code) => code ? reject(new Error("code " + code)) : resolve() }));
const listener = ended => ({ QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]), onStartCopy() {},
    onProgress() {}, setMessageKey() {}, getMessageId() { return null; }, onStopCopy: ended });
const copied = start => new Promise((resolve, reject) =>
    start(listener(code => code ? reject(new Error("code " + code)) : resolve())));
const look = f => ended(l => f.QueryInterface(Ci.nsIMsgImapMailFolder) && f.updateFolderWithListener(null, l));
const all = f => [...f.messages];
const find = (f, subject) => all(f).find(m => m.mime2DecodedSubject == subject);
const text = (f, m) => new Promise((resolve, reject) => {
    let got = "";
    const uri = f.getUriForMsg(m);
    MailServices.messageServiceFromURI(uri).streamMessage(uri, { QueryInterface: ChromeUtils.generateQI(["nsIStreamListener"]),
        onStartRequest() {}, onStopRequest: (r, code) => code ? reject(new Error("code " + code)) : resolve(got),
        onDataAvailable(r, stream, offset, n) { const s = Cc["@mozilla.org/scriptableinputstream;1"].createInstance(
            Ci.nsIScriptableInputStream); s.init(stream); got += s.read(n); } }, null, null, false, "", false);
});
"""

STEPS = [
    ("account", """
        const s = MailServices.accounts.createIncomingServer(args[1], "127.0.0.1", "imap");
        s.port = args[0]; s.socketType = 0; s.authMethod = 3; s.password = args[2];
        const a = MailServices.accounts.createAccount(), id = MailServices.accounts.createIdentity();
        id.email = args[1] + "@test.example";
        a.addIdentity(id); a.incomingServer = s;
        MailServices.accounts.defaultAccount = a;
        s.performExpand(null);
        await until(() => folder("Inbox") || folder("INBOX"));
        return "made";"""),
    ("lists", """
        const inbox = folder("Inbox") || folder("INBOX");
        await look(inbox);
        await until(() => all(inbox).length == 5);
        return all(inbox).map(m => m.mime2DecodedSubject + (m.isRead ? " read" : "")).sort().join(", ");"""),
    ("reads", """
        const inbox = folder("Inbox") || folder("INBOX");
        const got = [];
        for (const m of all(inbox))
            got.push(/body of (\\d)/.exec(await text(inbox, m))[1]);
        return got.sort().join(" ");"""),
    ("flags", """
        const inbox = folder("Inbox") || folder("INBOX");
        inbox.markMessagesFlagged([find(inbox, "number 1")], true);
        inbox.markMessagesRead([find(inbox, "number 1")], true);
        inbox.addKeywordsToMessages([find(inbox, "number 4")], "$label1");
        await look(inbox);
        return "done";"""),
    ("makes a folder", """
        server().rootFolder.createSubfolder("Café", null);
        await until(() => folder("Café"));
        return folder("Café").name;"""),
    ("moves", """
        const inbox = folder("Inbox") || folder("INBOX");
        await copied(l => MailServices.copy.copyMessages(inbox, [find(inbox, "number 2")], folder("Café"), true, l, null, false));
        await until(() => find(folder("Café"), "number 2"));
        await until(() => !find(inbox, "number 2"));
        return all(folder("Café")).length + " " + all(inbox).length;"""),
    ("copies", """
        const inbox = folder("Inbox") || folder("INBOX");
        await copied(l => MailServices.copy.copyMessages(inbox, [find(inbox, "number 3")], folder("Café"), false, l, null, false));
        await until(() => find(folder("Café"), "number 3"));
        return all(folder("Café")).length + " " + all(inbox).length;"""),
    ("removes", """
        const inbox = folder("Inbox") || folder("INBOX");
        await copied(l => inbox.deleteMessages([find(inbox, "number 5")], null, true, false, l, false));
        await ended(l => inbox.expunge(l, null));
        await until(() => !find(inbox, "number 5"));
        return String(all(inbox).length);"""),
    ("searches on the server", """
        const inbox = folder("Inbox") || folder("INBOX");
        const session = Cc["@mozilla.org/messenger/searchSession;1"].createInstance(Ci.nsIMsgSearchSession);
        session.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, inbox);
        const term = session.createTerm(), value = term.value;
        value.attrib = Ci.nsMsgSearchAttrib.Body; value.str = "body of 3";
        term.value = value; term.attrib = Ci.nsMsgSearchAttrib.Body; term.op = Ci.nsMsgSearchOp.Contains;
        session.appendTerm(term);
        const hits = [];
        await new Promise(r => { session.registerListener({ onSearchHit: m => hits.push(m.mime2DecodedSubject),
            onSearchDone: r, onNewSearch() {} }, Ci.nsIMsgSearchSession.allNotifications); session.search(null); });
        return hits.join(", ");"""),
]

IS_TOLD = """
    const inbox = folder("Inbox") || folder("INBOX");
    await until(() => find(inbox, "number 9"));
    return "number 9";"""


def start():
    profile = os.path.join(WHERE, "profile")
    shutil.rmtree(profile, ignore_errors=True)
    os.makedirs(profile)
    with open(os.path.join(profile, "user.js"), "w") as out:
        for name, value in PREFS.items():
            out.write('user_pref("%s", %s);\n' % (name, json.dumps(value)))
    log = open(os.path.join(WHERE, "log"), "w")
    program = subprocess.Popen(["thunderbird", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access",
                                "-profile", profile], stdout=log, stderr=log, env=dict(os.environ, HOME=WHERE))
    for _ in range(START * 10):
        try:
            return program, int(open(os.path.join(profile, "MarionetteActivePort")).read())
        except (OSError, ValueError):
            time.sleep(0.1)
    program.kill()
    raise SystemExit("Thunderbird does not listen")


def main():
    program, port = start()
    try:
        m = Marionette(port)
        m.call("WebDriver:NewSession", capabilities={})
        m.call("Marionette:SetContext", value="chrome")
        for name, script in STEPS:
            print("%s: %s" % (name, m.run(script, PORT, USER, PASSWORD)), flush=True)
        # Who has started this delivers now.
        print("waits: now", flush=True)
        print("is told: %s" % m.run(IS_TOLD), flush=True)
    finally:
        program.terminate()
        program.wait()


main()
