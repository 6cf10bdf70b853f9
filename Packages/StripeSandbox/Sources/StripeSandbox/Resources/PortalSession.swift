internal import Core

/// A customer's visit to the hosted page on which plan, cards and invoices are looked after.
struct PortalSession: Resource {
    static let object = "billing_portal.session"
    /// For how long the page may be opened, in seconds.
    static let lifetime: Int64 = 3_600

    let id: String
    let created: Int64
    let customer: String
    let returnURL: String?
    let locale: String?
    /// What stands in the address instead of the id: whoever has it is let in.
    let secret: String
    let configuration: String

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": .string(Self.object), "configuration": .string(configuration), "created": .integer(created),
            "customer": .string(customer), "customer_account": nil, "flow": nil, "livemode": false, "locale": JSONValue(locale),
            "on_behalf_of": nil, "return_url": JSONValue(returnURL), "url": .string(account.portalAddress(secret)),
        ]
    }
}
