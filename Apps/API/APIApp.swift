@main
enum APIApp {
    static func main() {
        runAPI()
    }
}
