/// A mail relay on a raw socket that does as the recipient's name says.
///
/// Arguments: `plain`, `starttls` or `tls`, then for the last two the path of a file with certificate and key.
let smtpServerScript = #"""
    import base64, itertools, json, os, socket, ssl, sys, threading

    # One write for a line: threads that write parts of it mix theirs.
    told = threading.Lock()

    def report(*words):
        with told:
            line = (" ".join(map(str, words)) + "\n").encode()
            while line:
                line = line[os.write(1, line):]

    mode = sys.argv[1]
    context = None
    if mode != "plain":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    numbers = itertools.count(1)
    report("PORT", listener.getsockname()[1])
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()

    def serve(connection, number):
        try:
            secure = mode == "tls"
            if secure:
                connection = context.wrap_socket(connection, server_side=True)
            stream = connection.makefile("rb")
            say = lambda text: connection.sendall(text.encode() + b"\r\n")
            mail = {}
            user = None
            say("220 relay.example ESMTP")
            while line := stream.readline():
                text = line.decode("latin-1").rstrip("\r\n")
                report("COMMAND", number, text)
                word = text.upper()
                if word.startswith("EHLO"):
                    lines = ["relay.example", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 1000000"]
                    if mode == "starttls" and not secure:
                        lines.append("STARTTLS")
                    if secure:
                        lines.append("AUTH PLAIN")
                    for item in lines[:-1]:
                        say("250-" + item)
                    say("250 " + lines[-1])
                elif word == "STARTTLS" and mode == "starttls":
                    say("220 go ahead")
                    connection = context.wrap_socket(connection, server_side=True)
                    stream = connection.makefile("rb")
                    secure = True
                elif word.startswith("AUTH PLAIN"):
                    encoded = text.split(" ")[2] if text.count(" ") > 1 else None
                    if encoded is None:
                        say("334 ")
                        encoded = stream.readline().decode().strip()
                    _, user, password = base64.b64decode(encoded).decode().split("\0")
                    if password == "right":
                        say("235 2.7.0 welcome")
                    else:
                        say("535 5.7.8 wrong password")
                elif word.startswith("MAIL FROM"):
                    mail = {"from": text[10:], "to": [], "connection": number, "tls": secure, "user": user}
                    say("250 2.1.0 ok")
                elif word.startswith("RCPT TO"):
                    name = text[9:].split("@")[0]
                    if name.startswith("put-off"):
                        say("451 4.2.1 try later")
                    elif name.startswith("nobody"):
                        say("550-5.1.1 no such")
                        say("550 5.1.1 no such mailbox")
                    elif name.startswith("policy"):
                        say("554 5.7.1 we do not like you")
                    else:
                        mail["to"].append(text[8:])
                        say("250 2.1.5 ok")
                elif word == "DATA":
                    say("354 go on")
                    data = b""
                    name = mail["to"][0]
                    while True:
                        if name.startswith("<drop-in-data") and len(data) > 100:
                            connection.close()
                            return
                        piece = stream.readline()
                        if piece == b".\r\n" or not piece:
                            break
                        data += piece[1:] if piece.startswith(b".") else piece
                    mail["data"] = data.hex()
                    if name.startswith("<drop-after-data"):
                        return
                    if name.startswith("<data-put-off"):
                        say("452 4.3.1 disk full")
                    elif name.startswith("<data-refused"):
                        say("554 5.6.0 not this content")
                    elif name.startswith("<silence"):
                        stream.readline()
                        return
                    else:
                        report("MAIL", json.dumps(mail))
                        say("250 2.0.0 queued as Q" + str(number))
                elif word == "RSET" or word == "NOOP":
                    say("250 2.0.0 ok")
                elif word == "QUIT":
                    say("221 2.0.0 bye")
                    return
                else:
                    say("502 5.5.1 what")
        except (OSError, ValueError):
            pass
        finally:
            connection.close()
            report("CLOSED", number)

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, next(numbers)), daemon=True).start()
    """#
