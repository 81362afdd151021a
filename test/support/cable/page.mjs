// A page: the consumer of @rails/actioncable, told what to do by lines of JSON, which tells what happens in lines of JSON.
import { createInterface } from "node:readline"
import { createRequire } from "node:module"
import { pathToFileURL } from "node:url"

const [directory, url, origin, cookie] = process.argv.slice(2)
const require = createRequire(pathToFileURL(directory + "/package.json"))
const Socket = require("ws")

// What @rails/actioncable expects of a browser.
globalThis.addEventListener = () => {}
globalThis.removeEventListener = () => {}
globalThis.document = { visibilityState: "visible" }
const { adapters, createConsumer, ConnectionMonitor } = await import(pathToFileURL(require.resolve("@rails/actioncable/app/assets/javascripts/actioncable.esm.js")))
ConnectionMonitor.staleThreshold = 4 // seconds; the server pings every 3
adapters.WebSocket = class extends Socket {
  constructor(url, protocols) {
    super(url, protocols, { headers: { Cookie: cookie }, origin })
  }
}

const tell = (what, of, more = {}) => process.stdout.write(JSON.stringify({ what, of, ...more }) + "\n")
const consumer = createConsumer(url)
const subscriptions = {}

createInterface({ input: process.stdin }).on("line", line => {
  const [command, name, argument] = JSON.parse(line)
  if (command === "subscribe") {
    subscriptions[name] = consumer.subscriptions.create(argument, {
      connected: ({ reconnected }) => tell("connected", name, { reconnected }),
      disconnected: ({ willAttemptReconnect }) => tell("disconnected", name, { willAttemptReconnect }),
      rejected: () => tell("rejected", name),
      received: message => tell("received", name, { message })
    })
  } else if (command === "perform") {
    subscriptions[name].perform(argument)
  } else if (command === "unsubscribe") {
    subscriptions[name].unsubscribe()
    tell("unsubscribed", name)
  }
}).on("close", () => process.exit(0))
