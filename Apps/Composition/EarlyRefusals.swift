internal import Audit
internal import AuditPostgres
internal import HTTPServer
internal import IdentityHTTP

/// Tells of requests that were refused before there was a request: too large, not to be read, or meant for another host (AUD-127).
struct EarlyRefusals: Sendable {
    let denials: PostgresDenialLog
    let proxies: TrustedProxies?

    /// Nobody waits for it: the caller has the answer, and the log of denials bounds what a flood may write (AUD-028).
    func note(_ refusal: EarlyRefusal) {
        Task { await write(refusal) }
    }

    func write(_ refusal: EarlyRefusal) async {
        let client = NetworkClient(address: proxies?.address(of: refusal.remoteAddress, refusal.headers) ?? refusal.remoteAddress)
        switch refusal.status {
        case .misdirectedRequest: await note(Attacks.ForeignHost.self, client)
        case .contentTooLarge, .uriTooLong, .headerFieldsTooLarge: await note(Attacks.Oversized.self, client)
        default:
            if AttackShape.climbs(refusal.target) {
                await note(Attacks.PathTraversal.self, client)
            } else {
                await note(Attacks.Malformed.self, client)
            }
        }
    }

    /// What was asked for is no route, and nothing of it is told. It was refused without the database too.
    private func note<Kind: AttackKind>(_ kind: Kind.Type, _ client: NetworkClient) async {
        try? await denials.note(AttackAttempt<Kind>(client: client, route: ""))
    }
}
