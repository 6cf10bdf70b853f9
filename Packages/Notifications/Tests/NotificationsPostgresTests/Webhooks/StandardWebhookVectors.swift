import Core
import NotificationsWebhooks
import Testing

/// Messages with the signatures that the public library `standardwebhooks` gives them; `Scripts/webhook-conformance` asks the library again.
struct StandardWebhookVector: Decodable {
    let id: String
    let timestamp: Int64
    let body: String
    let secret: String
    let signature: String

    static let all = #"""
        [
            {"id": "wmsg_00000000000000000000000000", "timestamp": 1800000000, "body": "", "secret": "whsec_Saxd4hntrmL5/e6g/D869I/YMvIvrFCCCsERdNbgaL0=", "signature": "v1,da8+g46HV+/XyeqdKDgVvC4PVV9mJxW9wwHlsdy45dU="},
            {"id": "wmsg_00000000000000000000000001", "timestamp": 1800086400, "body": "{}", "secret": "whsec_Inul8sbJEJ/lxEoGlvOTN5YHSTo3f1Iu4n2aeuMifYk=", "signature": "v1,3AcXnk49hubMC9oq31jcJrutoW8gtLtYiF0jJ4hv0W0="},
            {"id": "wmsg_00000000000000000000000002", "timestamp": 1800172800, "body": "{\"type\":\"graph.created\",\"data\":{\"name\":\"Grüße 😀\"}}", "secret": "whsec_CPIl/gjpSlsdotpAefzRp2R9N1zJViSmxtZab8hLMkM=", "signature": "v1,v2GdZesZXuNV3AZv+8JgfUX/hwmMteV3NpRjTHALmhE="},
            {"id": "wmsg_00000000000000000000000003", "timestamp": 1800259200, "body": "{\"a\":1}\n", "secret": "whsec_PT7hHC+/f2prHmqhbDgmMexfH7/FDKO6WonTZtIu6u8=", "signature": "v1,5AlTcTD589wtgNjsdts3zsb2UH+ajjuqgGOLsegNuWg="}
        ]
        """#
}

@Suite struct StandardWebhookConformanceTests {
    @Test func `NOT-179 signatures are those of an independent library, byte for byte`() throws {
        let vectors = try JSON.decode([StandardWebhookVector].self, from: Array(StandardWebhookVector.all.utf8))
        #expect(vectors.count == 4)
        for vector in vectors {
            let sent = StandardWebhook.headers(
                id: vector.id, at: Instant(secondsSinceEpoch: vector.timestamp), body: Array(vector.body.utf8),
                secrets: [SecretString(vector.secret)])
            #expect(sent.last?.value == vector.signature, "\(vector.id)")
        }
    }
}
