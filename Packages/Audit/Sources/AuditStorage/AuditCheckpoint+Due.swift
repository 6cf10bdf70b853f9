package import AuditProof
package import Core

extension AuditCheckpoint {
    /// How long after the last checkpoint the next is due when there are new links (AUD-044).
    package static let interval: Duration = .minutes(5)

    /// Whether another one is due after the last: with new links after five minutes, without them after a day.
    package static func isDue(after last: AuditCheckpoint?, links: Int64, at now: Instant) -> Bool {
        guard links > 0 else { return false }
        guard let last else { return true }
        return now >= last.time + (links > last.links ? interval : .days(1))
    }
}
