/// Writes what a notice tells, as a person reads it (NOT-178).
public protocol NoticeWriting: Sendable {
    /// The text in a language or, where that is missing, in a fallback of it; one line.
    ///
    /// - Throws: ``NoticeWritingError`` when a value is missing or has no place in the text.
    func text(of notice: Notice, in locale: String) throws -> String
}

/// Why a notice could not be written.
public struct NoticeWritingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What it was to tell.
    public let kind: Notice.Kind
    /// What is wrong, without values.
    public let reason: String

    /// Makes an error.
    public init(kind: Notice.Kind, reason: String) {
        self.kind = kind
        self.reason = reason
    }

    /// The kind and the reason.
    public var description: String { "\(kind.rawValue): \(reason)" }
}

extension Notice.Kind {
    /// What the text of a kind may print.
    public var fields: [MailField] {
        switch self {
        case .subscriptionKept:
            [.mandatory("resource", .text)] + Notice.Way.allCases.map { .required($0.field, .flag) }
        case .addressUndeliverable, .endpointFailing, .invitationDeclined: [.mandatory("resource", .text)]
        case .endpointDisabled: [.mandatory("resource", .text), .mandatory("cause", .text)]
        case .recoveryCodesLow: []
        case .idleCancelPending, .graphSuspended, .deletionPending, .orgDeletionPending, .ownershipTransferPending, .supportSession:
            [.mandatory("resource", .text), .mandatory("until", .instant)]
        case .paymentFailed, .paymentActionRequired, .pastDueDeadline:
            [.mandatory("resource", .text), .optional("until", .instant)]
        case .capacity: [.mandatory("resource", .text), .mandatory("is_full", .flag)]
        case .creditsLow: [.mandatory("resource", .text), .mandatory("until", .instant), .mandatory("is_empty", .flag)]
        case .limitWarning: [.mandatory("resource", .text), .mandatory("used", .text)]
        }
    }
}

extension Notice {
    /// How a subscription was kept, as ``Notice/via`` says it.
    enum Way: String, CaseIterable {
        case activity
        case portal
        case owner
        case `operator`
        case link

        var field: String { "by_\(rawValue)" }
    }

    /// What ``via`` says of a thing of which there is no more.
    static let nothingLeft = "empty"

    /// The values of the fields of its kind.
    public var values: [String: MailValue] {
        var values: [String: MailValue] = ["resource": .text(resource), "until": until.map { .instant($0) } ?? .absent]
        switch kind {
        case .subscriptionKept:
            let way = Way(rawValue: via) ?? .link
            for one in Way.allCases { values[one.field] = .flag(one == way) }
        case .endpointDisabled: values["cause"] = .text(via)
        case .capacity: values["is_full"] = .flag(via == Self.nothingLeft)
        case .creditsLow: values["is_empty"] = .flag(via == Self.nothingLeft)
        case .limitWarning: values["used"] = .text(via)
        default: break
        }
        return values
    }
}
