import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// The pages of mailed links that do not work, as they are put together.
@Suite struct LinkPagesTests {
    private static let paths = [
        "/auth/verify-email", "/auth/reset-password", "/auth/revert-email", "/auth/cancel-deletion", "/auth/disown-email",
        "/auth/stop-mfa-reset",
        "/invitations",
    ]

    private func ask(
        _ api: ComposedAPI, _ method: Method, _ target: String, form: String? = nil
    ) async throws -> (status: Int, html: String) {
        var headers = Headers()
        if form != nil { headers["Content-Type"] = "application/x-www-form-urlencoded" }
        let request = try #require(
            Request(
                method: method, target: target, headers: headers, body: Array((form ?? "").utf8), remoteAddress: "127.0.0.1",
                id: RequestID.make(at: .systemNow())))
        let response = await api.router.respond(to: request)
        guard case .bytes(let bytes) = response.body else { throw Problem.notFound }
        return (response.status.rawValue, String(decoding: bytes, as: UTF8.self))
    }

    @Test func `ID-087 ADM-091 ADM-092 an address without a token, with a wrong one and with a hostile one is a page that explains`()
        async throws
    {
        try await ComposedAPI.withAPI { api in
            // That a link was refused is told of (AUD-126), and nothing else happens.
            let others: Statement = "SELECT count(*) FROM audit.entry WHERE type <> 'link_token_rejected'"
            let before = try await api.database.adminClient.query(others)[0].decode(Int64.self)
            for path in Self.paths {
                let none = try await ask(api, .get, path)
                #expect((400..<500).contains(none.status) && none.html.contains("role=\"alert\""), "\(path)")
                for token in ["wrong", "%3Cscript%3E", "%22%3E%3Cimg", String(repeating: "a", count: 600)] {
                    for answer in [
                        try await ask(api, .get, path + "?token=" + token), try await ask(api, .post, path, form: "token=" + token),
                    ] {
                        #expect(answer.status < 500, "\(path) \(token)")
                        #expect(!answer.html.contains("<script>") && !answer.html.contains("\"><img"), "\(path)")
                    }
                    #expect(try await ask(api, .post, path, form: "token=" + token).html.contains("role=\"alert\""), "\(path) \(token)")
                }
            }
            let after = try await api.database.adminClient.query(others)[0].decode(Int64.self)
            #expect(before == after)
        }
    }
}
