import Core
import Testing

@testable import HTTPClient

@Suite struct DestinationTests {
    /// Addresses that lead inside, in every form they may be written in.
    static let inner: [String] = [
        "10.0.0.1", "10.255.255.255", "127.0.0.1", "127.1.2.3", "0.0.0.0", "0.1.2.3", "169.254.169.254", "169.254.0.1", "172.16.0.1",
        "172.31.255.255", "192.168.0.1", "192.168.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.19.255.255",
        "198.51.100.7", "203.0.113.9", "100.64.0.1", "100.127.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "[::]", "[::1]", "[::127.0.0.1]", "[::ffff:10.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[::ffff:7f00:1]",
        "[64:ff9b::10.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::8.8.8.8]", "[2002:a00:1::]", "[2002:7f00:1::1]", "[2002:c0a8:101::]",
        "[2001::1]", "[2001:10::1]", "[2001:db8::1]", "[3fff::1]", "[fc00::1]", "[fd12:3456::1]", "[fe80::1]", "[fec0::1]", "[ff02::1]",
        "[ff0e::1]", "[100::1]", "[4000::1]", "[5f00::1]", "[fd00:ec2::254]", "localhost", "a.localhost", "printer.local",
        "metadata.google.internal", "localhost.", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "017700000001", "10.1", "0",
    ]
    static let open: [String] = [
        "8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.1", "192.167.1.1", "198.17.0.1", "223.255.255.255",
        "[2606:4700:4700::1111]", "[2001:4860:4860::8888]", "[2002:808:808::1]", "[64:ff9b::8.8.8.8]", "[::ffff:8.8.8.8]",
        "hooks.example.com", "localhost.example.com", "xn--bcher-kva.example",
    ]

    @Test(arguments: inner)
    func `NOT-188 SEC-083 SEC-217 nothing is sent to an address inside, however it is written`(host: String) {
        #expect(DestinationRules().refusal(of: "https://\(host)/x") == "its address is not public")
    }

    @Test(arguments: open)
    func `NOT-188 SEC-083 SEC-217 the open network may be called`(host: String) {
        #expect(DestinationRules().refusal(of: "https://\(host)/x") == nil)
        #expect(DestinationRules().refusal(of: "https://\(host):8443/x?y=z") == nil)
    }

    @Test(arguments: [
        "http://hooks.example.com/", "ftp://hooks.example.com/", "file:///etc/passwd", "gopher://hooks.example.com/", "https://",
        "https://user@hooks.example.com/", "https://user:pass@hooks.example.com/", "https://hooks.example.com:80/",
        "https://hooks.example.com:22/", "https://hooks.example.com:0/", "https://hooks.example.com:99999/", "hooks.example.com", "",
        "https://hooks.example.com/\r\nHost: x", "https://hooks example.com/", "javascript:alert(1)",
    ])
    func `NOT-188 SEC-083 SEC-217 schemes, ports and credentials are looked at before any name is`(url: String) {
        #expect(DestinationRules().refusal(of: url) != nil)
    }

    @Test func `NOT-188 in development this machine may be called, and nothing else inside`() {
        let rules = DestinationRules(allowsLoopback: true)
        #expect(rules.refusal(of: "http://127.0.0.1:9000/x") == nil)
        #expect(rules.refusal(of: "http://10.0.0.1/x") != nil)
        #expect(rules.refusal(of: "http://hooks.example.com/x") != nil)
    }

    @Test func `NOT-188 SEC-083 SEC-217 a name that leads inside only once it is connected to gets no connection`() async throws {
        try await PythonServer.with(httpServerScript) { _, port in
            func transport(_ isStrict: Bool) -> CurlTransport {
                var configuration = CurlTransport.Configuration()
                configuration.connectsToPublicAddressesOnly = isStrict
                configuration.allowsPlainLoopback = true
                configuration.connectTimeout = .seconds(2)
                configuration.knownHosts = [
                    "localhost:\(port):127.0.0.1", "rebound.example:\(port):127.0.0.1", "six.example:\(port):[::1]",
                ]
                return CurlTransport(configuration: configuration)
            }
            // The server is there, for whoever may connect to it.
            let answer = try await transport(false).send(ClientRequest("GET", "http://localhost:\(port)/echo"))
            #expect(answer.status == 200)
            let strict = transport(true)
            for url in ["http://localhost:\(port)/echo", "https://rebound.example:\(port)/", "https://six.example:\(port)/"] {
                let error = await #expect(throws: TransportError.self, "\(url)") {
                    try await strict.send(ClientRequest("POST", url, body: [1]))
                }
                #expect(error?.kind == .connection, "\(url)")
                #expect(error?.progress == .nothingSent, "\(url)")
            }
        }
    }

    @Test func `NOT-184 of a long answer the beginning is kept`() async throws {
        try await PythonServer.with(httpServerScript) { _, port in
            var configuration = CurlTransport.Configuration()
            configuration.allowsPlainLoopback = true
            configuration.maximumBodyBytes = 16_384
            configuration.cutsLongBodies = true
            let transport = CurlTransport(configuration: configuration)
            let response = try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/big/3000000"))
            #expect(response.status == 200)
            #expect(response.body == [UInt8](repeating: UInt8(ascii: "x"), count: 16_384))
            #expect(try await transport.send(ClientRequest("GET", "http://127.0.0.1:\(port)/big/10")).body.count == 10)
        }
    }
}
