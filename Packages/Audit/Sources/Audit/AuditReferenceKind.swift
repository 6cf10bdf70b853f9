/// The kinds of things that an entry of the log can point to (AUD-004). Those of the product are a closed list, equal to the columns of the table and to its
/// CHECK; a program that keeps a log of its own adds its kinds by ``init(own:isText:)`` (AUD-136).
public struct AuditReferenceKind: RawRepresentable, Sendable, Hashable, CaseIterable {
    /// The stored word.
    public let rawValue: String
    /// Whether things of this kind are known by a text instead of a 128-bit id.
    public let isText: Bool

    private init(_ rawValue: String, isText: Bool = false) {
        self.rawValue = rawValue
        self.isText = isText
    }

    /// Finds one of the product's kinds by its word; `nil` for any other, those of programs included.
    public init?(rawValue: String) {
        guard let kind = Self.known[rawValue] else { return nil }
        self = kind
    }

    /// Declares a kind of a program's own, whose store has to know it: a store refuses entries that refer to kinds that it was not told of (AUD-136).
    ///
    /// - Parameters:
    ///   - name: 2 to 40 small letters, digits and `_`, a letter first, and none of the product's words; anything else ends the process, for it is written
    ///     in the program's source.
    ///   - isText: whether things of this kind are known by a text instead of a 128-bit id.
    public init(own name: String, isText: Bool) {
        let isWord = name.utf8.enumerated().allSatisfy { place, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): place > 0
            default: false
            }
        }
        precondition(isWord && (2...40).contains(name.utf8.count), "\(name) is no name of a kind of references")
        precondition(Self.known[name] == nil, "\(name) is a kind of the product's")
        self.init(name, isText: isText)
    }

    /// Reads a stored kind back, of the product or of a program. Only a store does this.
    @_spi(Stored) public init(stored name: String, isText: Bool) {
        self = Self.known[name] ?? AuditReferenceKind(name, isText: isText)
    }

    /// Whether it is one of the product's.
    var isKnown: Bool { Self.known[rawValue] == self }

    /// Compares the words: there are no two kinds with one.
    public static func == (left: AuditReferenceKind, right: AuditReferenceKind) -> Bool { left.rawValue == right.rawValue }

    /// Mixes the word.
    public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }

    private static let known = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })

    /// The product's kinds, in the order of AUD-004.
    public static let allCases: [AuditReferenceKind] = [
        org, user, membership, invitation, ownershipTransfer, apiKey, session, passkey, billingCustomer, checkout, subscription, planChange,
        invoice,
        payment, refund, dispute, dunningCase, accountCredit, creditPool, intent, decision, idleCase, driftItem, catalogueVersion, graph,
        graphMember,
        graphCredential, graphHost, repositoryGrant, backup, operation, saga, job, schedule, providerEvent, mail, notice, webhookEndpoint,
        webhookDelivery, linkUse, export, sink, control, `operator`, networkClient, node,
    ]
}

extension AuditReferenceKind {
    /// An org.
    public static let org = AuditReferenceKind("org")
    /// A person with an account.
    public static let user = AuditReferenceKind("user")
    /// A person's place in an org.
    public static let membership = AuditReferenceKind("membership")
    /// An invitation to an org.
    public static let invitation = AuditReferenceKind("invitation")
    /// The passing on of an org.
    public static let ownershipTransfer = AuditReferenceKind("ownership_transfer")
    /// A key for programs.
    public static let apiKey = AuditReferenceKind("api_key")
    /// A session of a person.
    public static let session = AuditReferenceKind("session")
    /// A passkey.
    public static let passkey = AuditReferenceKind("passkey")
    /// An org as the payment provider knows it.
    public static let billingCustomer = AuditReferenceKind("billing_customer")
    /// A purchase under way.
    public static let checkout = AuditReferenceKind("checkout")
    /// A subscription.
    public static let subscription = AuditReferenceKind("subscription")
    /// A change to another plan.
    public static let planChange = AuditReferenceKind("plan_change")
    /// An invoice.
    public static let invoice = AuditReferenceKind("invoice")
    /// A payment.
    public static let payment = AuditReferenceKind("payment")
    /// A refund.
    public static let refund = AuditReferenceKind("refund")
    /// A contested payment.
    public static let dispute = AuditReferenceKind("dispute")
    /// A debt that is asked for.
    public static let dunningCase = AuditReferenceKind("dunning_case")
    /// Credit of an org.
    public static let accountCredit = AuditReferenceKind("account_credit")
    /// Credits of a graph.
    public static let creditPool = AuditReferenceKind("credit_pool")
    /// A call to the payment provider.
    public static let intent = AuditReferenceKind("intent")
    /// A decision of billing.
    public static let decision = AuditReferenceKind("decision")
    /// An end for want of use.
    public static let idleCase = AuditReferenceKind("idle_case")
    /// A difference from the payment provider.
    public static let driftItem = AuditReferenceKind("drift_item")
    /// A version of the catalogue of plans.
    public static let catalogueVersion = AuditReferenceKind("catalogue_version", isText: true)
    /// A graph.
    public static let graph = AuditReferenceKind("graph", isText: true)
    /// A person's right to a graph.
    public static let graphMember = AuditReferenceKind("graph_member")
    /// A login to a graph.
    public static let graphCredential = AuditReferenceKind("graph_credential")
    /// A machine that holds graphs.
    public static let graphHost = AuditReferenceKind("graph_host")
    /// A right to a shared repository.
    public static let repositoryGrant = AuditReferenceKind("repository_grant")
    /// A backup of a graph.
    public static let backup = AuditReferenceKind("backup")
    /// An operation that takes its time.
    public static let operation = AuditReferenceKind("operation")
    /// A process of several steps.
    public static let saga = AuditReferenceKind("saga")
    /// A job of the queue.
    public static let job = AuditReferenceKind("job", isText: true)
    /// A schedule of the queue.
    public static let schedule = AuditReferenceKind("schedule", isText: true)
    /// A verified event of the payment provider.
    public static let providerEvent = AuditReferenceKind("provider_event")
    /// A mail.
    public static let mail = AuditReferenceKind("mail")
    /// A notice in the product.
    public static let notice = AuditReferenceKind("notice")
    /// An address that webhooks go to.
    public static let webhookEndpoint = AuditReferenceKind("webhook_endpoint")
    /// A webhook on its way.
    public static let webhookDelivery = AuditReferenceKind("webhook_delivery")
    /// The use of a signed link.
    public static let linkUse = AuditReferenceKind("link_use")
    /// A file with what is kept.
    public static let export = AuditReferenceKind("export")
    /// A place that the log is streamed to.
    public static let sink = AuditReferenceKind("sink")
    /// A switch of the product.
    public static let control = AuditReferenceKind("control", isText: true)
    /// A person who runs the product.
    public static let `operator` = AuditReferenceKind("operator")
    /// A network that callers come from.
    public static let networkClient = AuditReferenceKind("network_client", isText: true)
    /// A process of the product.
    public static let node = AuditReferenceKind("node")
}
