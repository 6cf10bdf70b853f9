internal import Core

struct Product: Resource {
    static let object = "product"
    let id: String
    let created: Int64
    var updated: Int64
    var name: String
    var isActive = true
    var description: String?
    var defaultPrice: String?
    var statementDescriptor: String?
    var unitLabel: String?
    var url: String?
    var images: [String] = []
    var metadata: [String: String] = [:]

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "product", "active": .bool(isActive), "created": .integer(created),
            "default_price": JSONValue(defaultPrice), "description": JSONValue(description),
            "images": .array(images.map { .string($0) }), "livemode": false, "marketing_features": [], "metadata": JSONValue(metadata),
            "name": .string(name), "package_dimensions": nil, "shippable": nil, "statement_descriptor": JSONValue(statementDescriptor),
            "tax_code": nil, "type": "service", "unit_label": JSONValue(unitLabel), "updated": .integer(updated), "url": JSONValue(url),
        ]
    }
}
