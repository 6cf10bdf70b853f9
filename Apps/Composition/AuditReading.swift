internal import Admin
internal import Audit
internal import AuditHTTP
internal import Billing
internal import Core
internal import FoundationEssentials
internal import Graphs
internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Notifications
internal import Operations
internal import Orgs
internal import OrgsHTTP

/// Admins and owners read the log of their org (orgs.md, section 4).
struct AuditAccess: AuditAuthorizing {
    let authenticator: Authenticator
    let authorizer: MembershipAuthorizer

    var access: RouteAccess { .member(for: .readAudit) }

    func authorizedOrg(_ text: String, for request: Request) async throws -> UUID {
        let principal = try await authenticator.principal(of: request)
        do {
            guard let org = Org.ID(text) else { throw IdentityError.notOrgMember }
            return try authorizer.scope(for: .readAudit, by: principal, in: org).org.uuid
        } catch {
            throw try await authenticator.refusal(error, of: principal)
        }
    }
}

/// Owners say where the log of their org goes to (AUD-085).
struct AuditSinkAccess: AuditSinkAuthorizing {
    let authenticator: Authenticator
    let authorizer: MembershipAuthorizer

    var access: RouteAccess { .member(for: .streamAudit) }

    func authority(over text: String, for request: Request) async throws -> AuditSinkAuthority {
        let principal = try await authenticator.principal(of: request)
        do {
            guard let org = Org.ID(text) else { throw IdentityError.notOrgMember }
            let scope = try authorizer.scope(for: .streamAudit, by: principal, in: org)
            return AuditSinkAuthority(org: scope.org.uuid, person: scope.user.uuid, actor: scope.actor)
        } catch {
            throw try await authenticator.refusal(error, of: principal)
        }
    }
}

/// The ids of the log's references as people know them, with the prefix of their kind.
enum ReferenceNames {
    static let names = AuditReferenceNames(text: text, reference: reference)

    static let reference: @Sendable (String) -> AuditReference? = { text in
        for read in readers { if let found = read(text) { return found } }
        return GraphID(text).map { AuditReference($0) }
    }

    private static let readers: [@Sendable (String) -> AuditReference?] = [
        { OrgReference($0).map { AuditReference($0) } }, { User.ID($0).map { AuditReference($0) } },
        { Session.ID($0).map { AuditReference($0) } }, { APIKey.ID($0).map { AuditReference($0) } },
        { MembershipReference($0).map { AuditReference($0) } }, { Invitation.ID($0).map { AuditReference($0) } },
        { OwnershipTransfer.ID($0).map { AuditReference($0) } }, { BillingCustomer.ID($0).map { AuditReference($0) } },
        { Checkout.ID($0).map { AuditReference($0) } }, { Subscription.ID($0).map { AuditReference($0) } },
        { Invoice.ID($0).map { AuditReference($0) } }, { AccountCredit.ID($0).map { AuditReference($0) } },
        { CreditPool.ID($0).map { AuditReference($0) } }, { Refund.ID($0).map { AuditReference($0) } },
        { ProviderIntent.ID($0).map { AuditReference($0) } }, { InboundEvent.ID($0).map { AuditReference($0) } },
        { GraphHost.ID($0).map { AuditReference($0) } }, { GraphCredential.ID($0).map { AuditReference($0) } },
        { GraphBackup.ID($0).map { AuditReference($0) } }, { Operations.Operation.ID($0).map { AuditReference($0) } },
        { Mail.ID($0).map { AuditReference($0) } }, { Operator.ID($0).map { AuditReference($0) } },
        { Node.ID($0).map { AuditReference($0) } },
    ]

    static let text: @Sendable (AuditReference) -> String? = { reference in
        guard case .id(let id) = reference.key else { return nil }
        switch reference.kind {
        case .org: return OrgReference(uuid: id).description
        case .user: return User.ID(uuid: id).description
        case .session: return Session.ID(uuid: id).description
        case .apiKey: return APIKey.ID(uuid: id).description
        case .membership: return MembershipReference(uuid: id).description
        case .node: return Node.ID(uuid: id).description
        case .billingCustomer: return BillingCustomer.ID(uuid: id).description
        case .checkout: return Checkout.ID(uuid: id).description
        case .subscription: return Subscription.ID(uuid: id).description
        case .invoice: return Invoice.ID(uuid: id).description
        case .accountCredit: return AccountCredit.ID(uuid: id).description
        case .creditPool: return CreditPool.ID(uuid: id).description
        case .refund: return Refund.ID(uuid: id).description
        case .intent: return ProviderIntent.ID(uuid: id).description
        case .providerEvent: return InboundEvent.ID(uuid: id).description
        case .graphHost: return GraphHost.ID(uuid: id).description
        case .graphCredential: return GraphCredential.ID(uuid: id).description
        case .backup: return GraphBackup.ID(uuid: id).description
        case .operation: return Operations.Operation.ID(uuid: id).description
        case .mail: return Mail.ID(uuid: id).description
        case .invitation: return Invitation.ID(uuid: id).description
        case .ownershipTransfer: return OwnershipTransfer.ID(uuid: id).description
        case .operator: return Operator.ID(uuid: id).description
        default: return nil
        }
    }
}
