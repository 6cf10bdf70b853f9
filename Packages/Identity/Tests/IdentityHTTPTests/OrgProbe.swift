import Core
import HTTPServer
@_spi(Authentication) import Identity
import IdentityHTTP
import IdentityPostgres
import Synchronization

/// Routes of a package above that act for an org: one that is named in the path, and one that is not.
struct OrgProbe {
    let authenticator: Authenticator

    init(_ environment: IdentityEnvironment<PostgresIdentityStore>) {
        authenticator = Authenticator(CredentialAuthenticator(environment))
    }

    func register(on router: inout Router) {
        for path in ["/v1/orgs/{org_id}/probe", "/v1/probe"] {
            router.add(
                .get, path,
                authenticator.authenticated { _, principal in
                    let scope = try principal.requireOrg()
                    return try .json(
                        ["org": .string(scope.org.description), "role": .string(scope.role.rawValue)] as JSONValue)
                })
        }
        // Refusals that have nothing to do with a role.
        let refusals: [(String, any Error)] = [
            ("frozen", Problem(status: .forbidden, code: "ORG_FROZEN", detail: "")), ("unproven", IdentityError.emailNotVerified),
        ]
        for (name, refusal) in refusals {
            router.add(.get, "/v1/orgs/{org_id}/probe/" + name, authenticator.authenticated { _, _ in throw refusal })
        }
        router.add(.post, "/v1/probe/new", authenticator.authenticated { _, _ in throw IdentityError.orgRequired })
        router.add(.get, "/v1/probe/graphs", authenticator.authenticated(requiring: .graphRead) { _, _ in Response(status: .noContent) })
        router.add(
            .get, "/v1/orgs/{org_id}/probe/admin",
            authenticator.authenticated { _, principal in
                let scope = try principal.requireOrg()
                guard scope.role >= .admin else { throw IdentityError.forbidden }
                return try .json(["role": .string(scope.role.rawValue)] as JSONValue)
            })
    }
}

/// Counts what it is asked for; fast, because these tests are about routes.
final class CountingHasher: Identity.PasswordHasher {
    private let calls = Mutex(0)

    var count: Int { calls.withLock { $0 } }

    func hash(_ password: Password) -> StoredPassword {
        calls.withLock { $0 += 1 }
        return StoredPassword(phc: "plain:" + password.secret.withValue { $0 })
    }

    func verify(_ password: Password, against hash: StoredPassword) -> PasswordVerdict {
        calls.withLock { $0 += 1 }
        return StoredPassword(phc: "plain:" + password.secret.withValue { $0 }) == hash ? .matches(isOutdated: false) : .differs
    }

    func verifyAgainstNothing(_ password: Password) { calls.withLock { $0 += 1 } }
}
