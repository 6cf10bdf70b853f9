import HTTPClient
import Testing

@Suite struct TLSTests {
    private func send(to name: String, trusting: Bool) async throws -> Result<Int, TransportError> {
        try await Certificate.with(name: name) { certificate in
            try await PythonServer.with(httpServerScript, [certificate.serverPath]) { server, port in
                var configuration = CurlTransport.Configuration()
                if trusting { configuration.certificateBundlePath = certificate.certificatePath }
                let transport = CurlTransport(configuration: configuration)
                var request = ClientRequest("POST", "https://127.0.0.1:\(port)/status/200", body: [1])
                request.headers["Authorization"] = "Bearer sk_test_secret"
                do {
                    let response = try await transport.send(request)
                    return .success(response.status)
                } catch let error as TransportError {
                    // Not even the head with the key arrived, and there was no second try.
                    #expect(server.linesSoFar("REQUEST").isEmpty)
                    return .failure(error)
                }
            }
        }
    }

    @Test func `STR-001 a trusted certificate of the right name is accepted`() async throws {
        #expect(try await send(to: "IP:127.0.0.1", trusting: true) == .success(200))
    }

    @Test(arguments: [("IP:127.0.0.1", false), ("DNS:other.example", true)])
    func `STR-001 STR-E36 an untrusted certificate and one of another name stop before anything is sent`(name: String, trusting: Bool)
        async throws
    {
        let result = try await send(to: name, trusting: trusting)
        guard case .failure(let error) = result else {
            Issue.record("the certificate was accepted")
            return
        }
        #expect(error.kind == .certificate)
        #expect(error.progress == .nothingSent)
    }
}
