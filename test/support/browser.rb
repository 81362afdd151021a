# frozen_string_literal: true

require "ferrum"

# A page in headless Chromium, with all that it said and asked for.
class Browser
  NAMES = %w[chromium chromium-browser google-chrome google-chrome-stable].freeze
  MISSING = "no browser: apt-get install chromium, or name one in CHROMIUM"

  # What a sandbox needs, and a test of our own page does not; containers have no room for shared memory.
  OPTIONS = {"no-sandbox" => nil, "disable-dev-shm-usage" => nil, "disable-gpu" => nil}.freeze

  # @return [String, nil] the program
  def self.path
    return ENV["CHROMIUM"] unless ENV["CHROMIUM"].to_s.empty?
    directories = ENV["PATH"].split(File::PATH_SEPARATOR)
    NAMES.product(directories).map { |name, directory| File.join(directory, name) }.find { |file| File.executable?(file) && !File.directory?(file) }
  end

  # Console messages, exceptions, and what the browser itself complains of.
  attr_reader :messages
  # Addresses that were asked for.
  attr_reader :requests
  # Texts of alert().
  attr_reader :dialogs

  def initialize
    @browser = Ferrum::Browser.new(browser_path: self.class.path, browser_options: OPTIONS, timeout: 60, process_timeout: 60)
    @messages, @requests, @dialogs = [], [], []
    page.command("Log.enable")
    page.on("Log.entryAdded") { |event| @messages << event.dig("entry", "text") }
    page.on("Runtime.consoleAPICalled") { |event| @messages << event["args"].inspect }
    page.on("Runtime.exceptionThrown") { |event| @messages << event["exceptionDetails"].inspect }
    page.on("Network.requestWillBeSent") { |event| @requests << event.dig("request", "url") }
    page.on(:dialog) { |dialog| (@dialogs << dialog.message) && dialog.dismiss }
  end

  def quit
    @browser.quit
  end

  def page
    @browser.page
  end

  # A fresh page, from its file.
  #
  # @param hash [String] `#…`
  def open(file, width: 1280, height: 900, dark: false, hash: "")
    page.command("Emulation.setDeviceMetricsOverride", width: width, height: height, deviceScaleFactor: 1, mobile: false)
    page.command("Emulation.setEmulatedMedia", features: [{name: "prefers-color-scheme", value: dark ? "dark" : "light"}])
    page.go_to("about:blank")
    @requests.clear
    page.go_to("file://#{file}#{hash}")
  end

  # The value of a JavaScript expression; inside, `all(selector)` is an array.
  def value(expression)
    page.evaluate("(() => { const all = (selector, within = document) => [...within.querySelectorAll(selector)]; return (#{expression}) })()")
  end

  # Presses a key as a person does.
  def press(*keys)
    page.keyboard.type(*keys)
  end

  # Clicks where a person would.
  def click(selector)
    page.execute("document.querySelector(#{selector.dump}).scrollIntoView({block: 'center', behavior: 'instant'})")
    page.at_css(selector).click
  end

  # Until the block gives true.

  def wait(seconds = 5)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
    until yield
      raise "not within #{seconds} s" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline
      sleep 0.02
    end
  end
end
