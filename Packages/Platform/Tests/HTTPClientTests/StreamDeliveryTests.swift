import Core
import Foundation
import HTTPClient
import Testing

/// Reads connections to their end: by TLS with a certificate, else plain. It says `HEARD`, the number of bytes and the first of them; without the word `dies` it
/// ends its side after that, as TLS asks for.
private let receiverScript = """
    import socket, ssl, sys, threading
    certificate, dies = sys.argv[1], sys.argv[2] == "dies"
    listener = socket.create_server(("127.0.0.1", 0))
    print("PORT", listener.getsockname()[1])
    def serve():
        while True:
            connection, _ = listener.accept()
            try:
                if certificate:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(certificate)
                    connection = context.wrap_socket(connection, server_side=True)
                heard = b""
                while True:
                    more = connection.recv(65536)
                    if not more: break
                    heard += more
                print("HEARD", len(heard), heard[:20].decode())
                if certificate and not dies: connection.unwrap()
            except (ssl.SSLError, OSError) as error:
                print("FAILED")
            connection.close()
    threading.Thread(target=serve, daemon=True).start()
    sys.stdin.read()
    """

@Suite struct StreamDeliveryTests {
    private func deliver(
        _ bytes: [UInt8], name: String = "IP:127.0.0.1", isExpired: Bool = false, isTrusted: Bool = true, isSecure: Bool = true,
        dies: Bool = false, onlyPublic: Bool = false
    ) async throws -> (error: TransportError?, heard: [String]) {
        try await Certificate.with(name: name, isExpired: isExpired) { certificate in
            try await PythonServer.with(receiverScript, [isSecure ? certificate.serverPath : "", dies ? "dies" : "lives"]) { server, port in
                var configuration = StreamDelivery.Configuration()
                configuration.connectsToPublicAddressesOnly = onlyPublic
                if isTrusted { configuration.certificateBundlePath = certificate.certificatePath }
                let receiver = StreamDelivery.Receiver(host: "127.0.0.1", port: port, isSecure: isSecure)
                do {
                    try await StreamDelivery(configuration: configuration).send(bytes, to: receiver)
                } catch let error as TransportError {
                    return (error, server.linesSoFar("HEARD"))
                }
                return (nil, try await server.lines("HEARD", count: 1))
            }
        }
    }

    @Test func `AUD-087 bytes arrive whole by TLS and plain, and that is known only when the receiver has read them and said its end`()
        async throws
    {
        let bytes = Array("first ".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 700_000)
        for isSecure in [true, false] {
            let (error, heard) = try await deliver(bytes, isSecure: isSecure)
            #expect(error == nil && heard == ["HEARD 700006 first xxxxxxxxxxxxxx"])
        }
        // A process that dies ends its connection as well: that is no word of having read.
        let died = try await deliver(bytes, dies: true)
        #expect(died.error?.kind == .interrupted && died.error?.progress == .maybeSent)
    }

    @Test func `SEC-083 AUD-087 where somebody else chooses the receiver, one of this machine or network is not connected to`() async throws
    {
        for isSecure in [true, false] {
            let (error, heard) = try await deliver([1], isSecure: isSecure, onlyPublic: true)
            #expect(error?.kind == .connection && error?.progress == .nothingSent && heard.isEmpty)
        }
        // A name is looked at by the numbers that it leads to.
        var configuration = StreamDelivery.Configuration()
        configuration.connectsToPublicAddressesOnly = true
        await #expect(throws: TransportError(.connection, .nothingSent, reason: "the receiver cannot be reached")) {
            try await StreamDelivery(configuration: configuration).send(
                [1], to: StreamDelivery.Receiver(host: "localhost", port: 1, isSecure: true))
        }
    }

    @Test func `AUD-087 a receiver whose certificate has expired, is another's or nobody's gets nothing`() async throws {
        let refused = [
            try await deliver([1], isExpired: true), try await deliver([1], name: "DNS:other.example"),
            try await deliver([1], isTrusted: false),
        ]
        for (error, heard) in refused { #expect(error?.kind == .certificate && error?.progress == .nothingSent && heard.isEmpty) }
    }

    @Test func `AUD-087 a receiver that never reads to the end is left when the task is cancelled or the time is over`() async throws {
        let silent = "import socket, sys; l = socket.create_server(('127.0.0.1', 0)); print('PORT', l.getsockname()[1]); sys.stdin.read()"
        try await PythonServer.with(silent) { _, port in
            let receiver = StreamDelivery.Receiver(host: "127.0.0.1", port: port, isSecure: true)
            let delivery = StreamDelivery(configuration: .init())
            let task = Task { try await delivery.send([1], to: receiver) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            var hurried = StreamDelivery.Configuration()
            hurried.timeout = .zero
            await #expect(throws: TransportError(.timeout, .maybeSent, reason: "the receiver did not read to the end in time")) {
                try await StreamDelivery(configuration: hurried).send([1], to: receiver)
            }
        }
    }

    @Test func `AUD-087 receivers are named by scheme, host and port alone`() {
        func read(_ text: String) -> StreamDelivery.Receiver? {
            StreamDelivery.Receiver(text, schemes: ["s+tls": (port: 6_514, isSecure: true)])
        }
        #expect(read("s+tls://logs.example.com") == .init(host: "logs.example.com", port: 6_514, isSecure: true))
        #expect(read("s+tls://[2001:db8::1]:99") == .init(host: "2001:db8::1", port: 99, isSecure: true))
        for text in ["s://a", "s+tls://", "s+tls://u:p@a", "s+tls://a/path", "s+tls://a?b", "s+tls://a#b", "s+tls://a:0", "a:1"] {
            #expect(read(text) == nil, "\(text)")
        }
    }
}
