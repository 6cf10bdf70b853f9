internal import Core

extension Account {
    /// Gives an endpoint another secret, as its owner does in the dashboard; the former one signs beside it for a while (STR-167).
    ///
    /// - Returns: the new secret, which is shown this once.
    mutating func rollSecret(of id: String, keepingOldFor seconds: Int64) throws -> String {
        let endpoint = try endpoint(id)
        let secret = "whsec_" + ids.text(32)
        // Two at most: what was rolled before is over with this.
        endpoints.modify(id) { $0.secrets = [secret] + (seconds > 0 ? endpoint.secrets.prefix(1) : []) }
        if seconds > 0 {
            let end = occasion.now + seconds
            endpoints.modify(id) { $0.oldSecretEndsAt = end }
            setTimer(.dropOldSecret(endpoint: id), at: end, testClock: nil)
        }
        return secret
    }

    /// The former secret signs no more, unless it was rolled again meanwhile.
    mutating func dropOldSecret(_ id: String) {
        guard let end = endpoints[id]?.oldSecretEndsAt, end <= occasion.now else { return }
        endpoints.modify(id) { endpoint in
            endpoint.secrets = Array(endpoint.secrets.prefix(1))
            endpoint.oldSecretEndsAt = nil
        }
    }
}
