internal import Core
internal import HTTPServer
internal import Identity
internal import Orgs

/// A key that is absent keeps the field; one that is `null` empties it.
struct OrgSecurityBody: Decodable {
    let changes: OrgSecurityChanges

    private enum CodingKeys: String, CodingKey {
        case rule = "mfa_rule"
        case domains = "invitation_domains"
        case supportAccess = "support_access_until"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        var changes = OrgSecurityChanges()
        if let rule = try container.decodeIfPresent(OrgSecurity.SecondFactorRule.self, forKey: .rule) {
            changes.secondFactorRule = .set(rule)
        }
        if container.contains(.domains) {
            let texts = try container.decodeIfPresent([String].self, forKey: .domains)
            changes.invitationDomains = .set(try texts.map { try Self.domains($0, container) })
        }
        if container.contains(.supportAccess) {
            changes.supportAccessUntil = .set(try container.decodeIfPresent(Instant.self, forKey: .supportAccess))
        }
        self.changes = changes
    }

    private static func domains(_ texts: [String], _ container: KeyedDecodingContainer<CodingKeys>) throws -> [String] {
        guard (1...100).contains(texts.count) else {
            throw DecodingError.dataCorruptedError(
                forKey: .domains, in: container, debugDescription: "must name 1 to 100 domains, or be null")
        }
        return try texts.map { text in
            guard let domain = OrgSecurity.domain(text) else {
                throw DecodingError.dataCorruptedError(forKey: .domains, in: container, debugDescription: "\(text.prefix(80)) is no domain")
            }
            return domain
        }
    }
}

/// The fields that an owner changes. Terms and invoice billing are an operator's: naming them is refused, not ignored (ORG-083).
struct BillingSettingsBody: Decodable {
    private let email: FieldChange<String?>
    private let contactName: FieldChange<String?>
    private let address: FieldChange<String?>
    private let taxID: FieldChange<String?>
    private let namesOperatorFields: Bool

    private enum CodingKeys: String, CodingKey {
        case email = "billing_email"
        case contactName = "contact_name"
        case address
        case taxID = "tax_id"
        case invoiceBilling = "invoice_billing_enabled"
        case terms = "payment_terms"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys, _ limit: Int) throws -> FieldChange<String?> {
            guard container.contains(key) else { return .keep }
            let text = try container.decodeIfPresent(String.self, forKey: key)
            if let text, text.isEmpty || text.count > limit || text.unicodeScalars.contains(where: { $0.value < 32 && $0 != "\n" }) {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "must have 1 to \(limit) characters, or be null")
            }
            return .set(text)
        }
        email = try text(.email, 254)
        contactName = try text(.contactName, 100)
        address = try text(.address, 500)
        taxID = try text(.taxID, 50)
        namesOperatorFields = container.contains(.invoiceBilling) || container.contains(.terms)
    }

    func changes() throws -> OrgBillingSettingsChanges {
        guard !namesOperatorFields else { throw OrgsError.operatorOnly }
        var changes = OrgBillingSettingsChanges(contactName: contactName, address: address, taxID: taxID)
        if case .set(let text) = email {
            changes.billingEmail = .set(
                try text.map {
                    guard let address = EmailAddress($0) else { throw IdentityError.invalidEmail }
                    return address
                })
        }
        return changes
    }
}
