import Audit
import Core
import HTTPServer
import Identity
import IdentityHTTP
import PlatformTesting
import Postgres
import Testing

/// The page by which a person keeps a second factor that support was asked to remove.
@Suite struct StopResetPageTests {
    private func ask(_ router: Router, _ front: Front, _ method: HTTPServer.Method, _ token: String) async throws -> (Int, String) {
        let isPost = method == .post
        let request = try #require(
            Request(
                method: method, target: "/auth/stop-mfa-reset" + (isPost ? "" : "?token=\(token)"),
                headers: isPost ? ["Content-Type": "application/x-www-form-urlencoded"] : [:],
                body: isPost ? Array("token=\(token)".utf8) : [], id: RequestID.make(at: front.clock.now)))
        let response = await router.respond(to: request)
        guard case .bytes(let bytes) = response.body else { return (response.status.rawValue, "") }
        #expect(response.headers["Referrer-Policy"] == "no-referrer" && response.headers["Cache-Control"] == "no-store")
        return (response.status.rawValue, String(decoding: bytes, as: UTF8.self))
    }

    @Test func `ID-136 ID-087 opening the page changes nothing, its button stops the reset, and the passkey still signs in`() async throws {
        try await Front.withPasskeys { front in
            let (_, authenticator, _) = try await front.personWithPasskey()
            var router = Router(dateSource: front.clock)
            LinkPages(IdentityServices(front.environment, observer: NoAccountObserver(), graphs: nil)).register(on: &router)
            let user: User.ID = try await front.database.adminClient.query("SELECT id FROM identity.account")[0].decode("id")
            let resets = SecondFactorResets(front.environment)
            func staff(_ number: UInt64) -> StaffMember {
                StaffMember(id: .init(high: 1, low: number), actor: .system(component: "identity"))
            }
            let reset = try await resets.request(for: user, because: "lost", by: staff(1), rehearsing: false)
            _ = try await resets.approve(reset.id, because: "checked", by: staff(2), rehearsing: false)
            let token = front.environment.secrets.linkSecret(of: SecondFactorReset.linkKind, reset.id.description).withValue { $0 }
            for _ in 0..<3 { #expect(try await ask(router, front, .get, token).0 == 200) }
            #expect(try await resets.resets(of: user).first?.state(at: front.clock.now) == .approved)
            let stopped = try await ask(router, front, .post, token)
            #expect(stopped.0 == 200 && stopped.1.contains("stay"), "\(stopped.1)")
            let again = try await ask(router, front, .post, token)
            #expect(again.0 == 400 && again.1.contains("role=\"alert\""))
            #expect(try await ask(router, front, .post, "another").0 == 400)
            let mfaToken = try await front.mfaToken()
            let assertion = try await front.assertion(for: mfaToken, by: authenticator)
            #expect(try await front.post("mfa/verify", ["mfa_token": mfaToken, "assertion": assertion]).status == 200)
        }
    }
}
