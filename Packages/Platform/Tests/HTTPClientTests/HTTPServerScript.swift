/// An HTTP server that does as the path says, on a raw socket so that it can misbehave.
///
/// Arguments: nothing for plain HTTP, or the path of a file with certificate and key.
let httpServerScript = #"""
    import gzip, itertools, json, os, socket, ssl, struct, sys, threading

    # One write for a line: threads that write parts of it mix theirs.
    told = threading.Lock()

    def report(*words):
        with told:
            line = (" ".join(map(str, words)) + "\n").encode()
            while line:
                line = line[os.write(1, line):]

    listener = socket.create_server(("127.0.0.1", 0))
    context = None
    if len(sys.argv) > 1:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1])
    numbers = itertools.count(1)
    report("PORT", listener.getsockname()[1])
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()

    def answer(connection, body, status="200 OK", headers=()):
        head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    def serve(connection, number):
        try:
            if context:
                connection = context.wrap_socket(connection, server_side=True)
            stream = connection.makefile("rb")
            count = 0
            while True:
                line = stream.readline()
                if not line:
                    break
                count += 1
                method, path, _ = line.decode().split(" ")
                headers = []
                while (field := stream.readline()) not in (b"\r\n", b""):
                    headers.append(field.decode().rstrip("\r\n"))
                length = next((int(f.split(":")[1]) for f in headers if f.lower().startswith("content-length:")), 0)
                body = stream.read(length)
                report("REQUEST", number, method, path)
                if path.startswith("/echo"):
                    text = json.dumps({"method": method, "path": path, "headers": headers, "body": body.hex(), "connection": number})
                    answer(connection, text.encode(), headers=["X-Twice: one", "x-twice: two"])
                elif path.startswith("/status/"):
                    answer(connection, b"", status=path.split("/")[2] + " Status", headers=["Retry-After: 7"])
                elif path == "/redirect":
                    answer(connection, b"", status="302 Found", headers=["Location: /echo"])
                elif path == "/hang" or path == "/hang-in-body":
                    if path == "/hang-in-body":
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
                    connection.recv(1)
                    break
                elif path == "/cut":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
                    break
                elif path == "/silence":
                    break
                elif path == "/garbage":
                    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
                    break
                elif path.startswith("/big/"):
                    answer(connection, b"x" * int(path.split("/")[2]))
                elif path == "/endless":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    while True:
                        connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                elif path == "/bomb":
                    answer(connection, gzip.compress(b"\0" * 4_000_000), headers=["Content-Encoding: gzip"])
                elif path == "/cut-chunk":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")
                    break
                elif path == "/bad-chunk":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\nab\r\n")
                    break
                elif path == "/bad-length":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nab")
                    break
                elif path == "/bad-zip":
                    answer(connection, b"not compressed at all", headers=["Content-Encoding: gzip"])
                elif path == "/reset-in-body":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
                elif path == "/zipped":
                    answer(connection, gzip.compress(b"small"), headers=["Content-Encoding: gzip"])
                elif path == "/header-flood":
                    answer(connection, b"", headers=[f"X-{i}: " + "y" * 1000 for i in range(100)])
                elif path == "/interim":
                    connection.sendall(b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n")
                    answer(connection, b"", status="201 Created", headers=["X-Late: 1"])
                elif path == "/reset-when-reused":
                    if count > 1:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        break
                    answer(connection, str(number).encode())
        except OSError:
            pass
        finally:
            connection.close()
            report("CLOSED", number)

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, next(numbers)), daemon=True).start()
    """#
