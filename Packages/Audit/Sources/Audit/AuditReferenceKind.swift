/// The kinds of things that an entry of the log can point to (AUD-004): a closed list, equal to the columns of the table and to its CHECK.
public enum AuditReferenceKind: String, Sendable, Hashable, CaseIterable, Codable {
    case org, user, membership, invitation
    case ownershipTransfer = "ownership_transfer"
    case apiKey = "api_key"
    case session, passkey
    case billingCustomer = "billing_customer"
    case checkout, subscription
    case planChange = "plan_change"
    case invoice, payment, refund, dispute
    case dunningCase = "dunning_case"
    case accountCredit = "account_credit"
    case creditPool = "credit_pool"
    case intent, decision
    case idleCase = "idle_case"
    case driftItem = "drift_item"
    case catalogueVersion = "catalogue_version"
    case graph
    case graphMember = "graph_member"
    case graphCredential = "graph_credential"
    case graphHost = "graph_host"
    case repositoryGrant = "repository_grant"
    case backup, operation, saga, job, schedule
    case providerEvent = "provider_event"
    case mail, notice
    case webhookEndpoint = "webhook_endpoint"
    case webhookDelivery = "webhook_delivery"
    case linkUse = "link_use"
    case export, sink, control
    case `operator`
    case networkClient = "network_client"
    case node

    /// Whether things of this kind are known by a text instead of a 128-bit id.
    public var isText: Bool {
        switch self {
        case .graph, .control, .schedule, .catalogueVersion, .job, .networkClient: true
        default: false
        }
    }
}
