import Core
import Cryptography
import Testing

@testable import GraphEngines

@Suite struct HostSettingTests {
    @Test func `one URL is a host named default with a hundred slots`() throws {
        let host = try #require(PostgresGraphHost("postgres://admin:s%3Ccret@127.0.0.1:6000/postgres"))
        #expect(host.name == "default")
        #expect(host.slots == 100)
        #expect(host.port == 6_000)
        #expect(host.tenantTLS == "prefer")
        #expect(host.password?.withValue { $0 } == "s<cret")
        #expect(host.url(ofDatabase: "kg1").withValue { $0 } == "postgres://admin:s%3Ccret@127.0.0.1:6000/kg1")
    }

    @Test func `several hosts have names, slots and an address for tenants`() throws {
        let hosts = try #require(
            PostgresGraphHost.hosts(
                inSetting:
                    "a=postgres://m@10.0.0.1/postgres?sslmode=require&slots=3, b=postgresql://m@10.0.0.2:5433/x?tenant_host=db.example.com")
        )
        #expect(hosts.map(\.name) == ["a", "b"])
        #expect(hosts[0].slots == 3)
        #expect(hosts[0].tenantTLS == "require")
        #expect(hosts[1].address == "db.example.com")
        #expect(hosts[1].tenantTLS == "verify-full")
        #expect(hosts[1].database == "x")
    }

    @Test(arguments: [
        "", "mysql://a@b/c", "=postgres://a@b/c", "postgres://b/c", "a=postgres://m@h/d,a=postgres://m@i/d", "postgres://a@b/c?slots=0",
    ])
    func `another form is refused`(_ text: String) {
        #expect(PostgresGraphHost.hosts(inSetting: text) == nil)
    }

    @Test func `GRA-111 the verifier is that of RFC 7677's example`() throws {
        let salt = try #require(Base64.decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
        #expect(
            SCRAMVerifier(password: SecretString("pencil"), salt: salt).text
                == "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        )
    }
}
