public import Audit
public import Core
internal import Identity

extension OrgsAudit {
    /// The rows of the catalogue about transfers (AUD-120).
    public static let transferTypes: [AuditEventType] = [
        OwnershipTransferRequested.type, OwnershipTransferred.type, OwnershipTransferDeclined.type, OwnershipTransferCanceled.type,
        OwnershipTransferVoided.type, OwnershipTransferExpired.type,
    ]
}

/// An entry about a transfer.
public protocol TransferEntry: AuditEvent {
    /// The transfer.
    var transfer: OwnershipTransfer { get }
}

extension TransferEntry {
    /// What it is about; first among the people is the one who is to be owner.
    public var references: AuditReferences {
        AuditReferences(
            AuditReference(transfer.org), AuditReference(transfer.to), AuditReference(transfer.id), AuditReference(transfer.from))
    }
    /// One line.
    public var summary: String { "\(Self.type.name) by \(transfer.origin.rawValue), who keeps \(transfer.keepRole.rawValue)" }
    /// The facts.
    public var data: [String: JSONValue] {
        [
            "from_user_id": .string(transfer.from.description), "to_user_id": .string(transfer.to.description),
            "keep_role": .string(transfer.keepRole.rawValue), "origin": .string(transfer.origin.rawValue),
        ]
    }
}

extension OrgsAudit {
    /// A transfer was started.
    public struct OwnershipTransferRequested: TransferEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("ownership_transfer_requested", .high, [.org, .user, .ownershipTransfer])
        /// The transfer.
        public let transfer: OwnershipTransfer
        /// Why those who run the product started it.
        public let reason: String?

        /// Tells of it.
        package init(_ transfer: OwnershipTransfer, reason: String?) {
            self.transfer = transfer
            self.reason = reason
        }

        /// The facts.
        public var data: [String: JSONValue] {
            [
                "from_user_id": .string(transfer.from.description), "to_user_id": .string(transfer.to.description),
                "keep_role": .string(transfer.keepRole.rawValue), "origin": .string(transfer.origin.rawValue),
                "reason": reason.map { .string($0) } ?? .null,
            ]
        }
    }

    /// An org has been handed over.
    public struct OwnershipTransferred: TransferEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("ownership_transferred", .high, [.org, .user, .ownershipTransfer])
        /// The transfer.
        public let transfer: OwnershipTransfer

        /// Tells of it.
        package init(_ transfer: OwnershipTransfer) {
            self.transfer = transfer
        }

        /// What changed.
        public var changes: [AuditChange] {
            [
                AuditChange("role_of_\(transfer.from)", from: "owner", to: .string(transfer.keepRole.rawValue)),
                AuditChange("role_of_\(transfer.to)", from: nil, to: "owner"),
            ]
        }
    }

    /// The named person does not want the org.
    public struct OwnershipTransferDeclined: TransferEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("ownership_transfer_declined", .medium, [.org, .user, .ownershipTransfer])
        /// The transfer.
        public let transfer: OwnershipTransfer

        /// Tells of it.
        package init(_ transfer: OwnershipTransfer) {
            self.transfer = transfer
        }
    }

    /// A transfer was taken back.
    public struct OwnershipTransferCanceled: TransferEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("ownership_transfer_canceled", .medium, [.org, .user, .ownershipTransfer])
        /// The transfer.
        public let transfer: OwnershipTransfer

        /// Tells of it.
        package init(_ transfer: OwnershipTransfer) {
            self.transfer = transfer
        }
    }

    /// A transfer ended because one of the two was not what it must be any more.
    public struct OwnershipTransferVoided: TransferEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("ownership_transfer_voided", .medium, [.org, .user, .ownershipTransfer])
        /// The transfer.
        public let transfer: OwnershipTransfer

        /// Tells of it.
        package init(_ transfer: OwnershipTransfer) {
            self.transfer = transfer
        }
    }

    /// The time of a transfer was over.
    public struct OwnershipTransferExpired: TransferEntry {
        /// The row of the catalogue.
        public static let type = OrgsAudit.type("ownership_transfer_expired", .low, [.org, .user, .ownershipTransfer])
        /// The transfer.
        public let transfer: OwnershipTransfer

        /// Tells of it.
        package init(_ transfer: OwnershipTransfer) {
            self.transfer = transfer
        }
    }
}
