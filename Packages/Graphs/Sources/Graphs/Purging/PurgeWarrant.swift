internal import Core

/// Whether a graph whose retention is over may be destroyed: a pure function of what its owners were told (GRA-057).
enum PurgeWarrant: Sendable, Hashable {
    /// It may.
    case proven
    /// It may from this instant on: the last warning is too young.
    case notBefore(Instant)
    /// It may not yet; what is missing is said again, and the purge comes a day later.
    case putOff([MissingNotice])
    /// It may not, until there is proof or an operator decides.
    case held([MissingNotice])

    /// How old the last warning of an owner must be.
    static let warningAge = Duration.hours(24)
    /// How long a purge is put off from day to day.
    static let patience = Duration.days(14)
    /// How a hold for want of proof begins, so that it is known again when the proof comes.
    static let holdReason = "there is no proof that an owner was told"

    /// - Parameter due: when the graph was first to be destroyed.
    init(_ proof: NoticeProof, due: Instant, at now: Instant) {
        var missing = Self.missing(in: proof.owners)
        guard proof.idleEnd != .untold else {
            // Who was never told of the decision loses nothing by it, whatever was said later (IDL-057).
            missing.append(.idleDecision)
            self = .held(missing)
            return
        }
        guard missing.isEmpty else {
            self = now >= due + Self.patience ? .held(missing) : .putOff(missing)
            return
        }
        let warned = proof.owners.compactMap { $0.suspension == nil ? nil : $0.lastWarning }.min() ?? now
        self = warned + Self.warningAge <= now ? .proven : .notBefore(warned + Self.warningAge)
    }

    /// One owner must have had both.
    private static func missing(in owners: [NoticeProof.Owner]) -> [MissingNotice] {
        let suspended = owners.filter { $0.suspension != nil }
        guard !suspended.isEmpty else {
            return owners.contains { $0.lastWarning != nil } ? [.suspension] : [.suspension, .lastWarning]
        }
        return suspended.contains { $0.lastWarning != nil } ? [] : [.lastWarning]
    }

    static func hold(_ missing: [MissingNotice]) -> String {
        "\(holdReason): \(missing.map(\.rawValue).joined(separator: ", "))"
    }
}
