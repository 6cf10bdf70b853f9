internal import Core

struct TestClock: Resource {
    static let object = "test_helpers.test_clock"
    let id: String
    let created: Int64
    var name: String?
    var frozenTime: Int64
    var status = "ready"

    func json(in account: Account) -> JSONValue {
        [
            "id": .string(id), "object": "test_helpers.test_clock", "created": .integer(created),
            "deletes_after": .integer(created + 30 * 86_400), "frozen_time": .integer(frozenTime), "livemode": false,
            "name": JSONValue(name), "status": .string(status), "status_details": [:],
        ]
    }
}
