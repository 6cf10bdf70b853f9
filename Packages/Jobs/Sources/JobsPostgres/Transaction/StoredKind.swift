internal import Core
internal import Jobs

/// The name under which jobs of one version of a kind stand in the queue: workers that do not know the version do not know the name, and
/// leave the job to those who do (OPS-052, OPS-075).
enum StoredKind {
    /// What stands between a kind and its version.
    static let separator = "#"

    /// `notifications.send_mail` for the first version, `notifications.send_mail#2` for the second.
    static func name(_ kind: String, version: Int) -> String {
        version <= 1 ? kind : kind + separator + String(version)
    }

    /// Every name of a kind up to a version, the oldest first.
    static func names(_ kind: String, upTo version: Int) -> [(version: Int, name: String)] {
        (1...max(1, version)).map { (version: $0, name: name(kind, version: $0)) }
    }
}

extension EncodedJSON {
    /// Reads parameters that were written in a version of a kind, which may be an earlier one than the present.
    func decode<Work: Job>(_ kind: Work.Type, writtenIn version: Int) throws -> Work {
        guard version < Work.version else { return try decode(Work.self) }
        return try EncodedJSON(Work.upgraded(decode(JSONValue.self), from: version)).decode(Work.self)
    }
}
