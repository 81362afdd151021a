# frozen_string_literal: true

require "minitest/autorun"
require "digest"
require "json"
require_relative "support/browser"
require_relative "support/program"
require_relative "support/recordings"

# The report as a page, opened in a browser.
class HtmlTest < Minitest::Test
  SOURCES = File.expand_path("../ext/memtrim_core/src/render/html", __dir__)
  LARGEST = 600_000
  MEASURES = %w[held retained ns].freeze

  HOSTILE = [
    "<img src=x onerror=alert(1)>", "\"'&amp;`${alert(1)}", "<script>alert(1)<\\script>", "line\u2028sep\u2029end", "{{script}}", "'\"><svg onload=alert(1)>"
  ].freeze
  HOSTILE_GEM = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u2028\"'"

  class << self
    def browser
      @browser ||= Browser.new.tap { |browser| Minitest.after_run { browser.quit } }
    end

    # The sample app's page.
    def tenant
      @tenant ||= page(Recordings.of("tenant").file)
    end

    def page(recording)
      file = "#{recording}.html"
      result = Memtrim.run("report", "--no-verdicts", "--recording", recording, "--format", "html", "-o", file)
      raise result.err unless File.exist?(file) && result.out.empty?
      file
    end

    # Of a program whose files have names that are no names.
    def hostile
      @hostile ||= begin
        requires = HOSTILE.map { |name| "require_relative #{name.dump}" }.join("\n")
        files = HOSTILE.to_h { |name| ["#{name}.rb", "HELD ||= []\nHELD << ('x' * 200_000)\n"] }
        program = Program.new(Dir.mktmpdir("hostile", Recordings::DIRECTORY), {**files, "main.rb" => requires})
        result = program.recorded([])
        raise result.err unless result.status.success?
        program.recording
      end
    end
  end

  def setup
    skip Browser::MISSING if name != "test_the_browser_is_told_what_may_run" && Browser.path.nil?
  end

  # Of a changed script or style, this says which line of mod.rs to change.
  def test_the_browser_is_told_what_may_run
    declared = File.read(File.join(SOURCES, "mod.rs"))
    {"page.css" => "STYLE_HASH", "page.js" => "SCRIPT_HASH"}.each do |file, constant|
      hash = "sha256-#{[Digest::SHA256.digest(File.binread(File.join(SOURCES, file)))].pack("m0")}"
      assert_includes declared, %(const #{constant}: &str = "#{hash}";), "#{file} has changed"
    end
  end

  def test_the_page_is_small_and_asks_for_nothing
    assert_operator File.size(tenant), :<, LARGEST
    open_page
    browser.value("all('#map button')[0].click()")
    sleep 0.1
    assert_equal ["file://#{tenant}"], browser.requests
    assert_quiet
  end

  def test_every_level_adds_up
    totals = Recordings.of("tenant").report["totals"]
    open_page
    assert_equal totals["held_bytes"], map_value
    MEASURES.each do |measure|
      visited = ["0"]
      visited.each do |node|
        visit("##{measure}/#{node}")
        assert_equal map_value, browser.value("all('#map > .tile, #map > .group').reduce((sum, it) => sum + Number(it.dataset.value), 0)"), "#{measure} of #{node}"
        apart = browser.value("all('#map > .group').filter((group) => all('.tile', group).reduce((sum, it) => sum + Number(it.dataset.value), 0) !== Number(group.dataset.value)).length")
        assert_equal 0, apart, "groups of #{measure} of #{node}"
        visited.concat(browser.value("all('#map > .group, #map > .tile.open').map((it) => it.dataset.node).slice(0, #{(node == "0") ? 9 : 1})")) if visited.size < 14
      end
      assert_operator visited.size, :>, 9
    end
  end

  # Not only those levels that were opened: as the page itself has read them.
  def test_the_whole_tree_adds_up
    open_page
    assert_equal 0, browser.value(<<~JS)
      nodes.filter((node) => node.children.length > 0 && #{MEASURES.inspect}.some((key) => node.children.reduce((sum, child) => sum + child.sum[key], 0) !== node.sum[key])).length
    JS
    totals = Recordings.of("tenant").report["totals"]
    assert_equal totals.values_at("held_bytes", "retained_bytes"), browser.value("[root.sum.held, root.sum.retained]")
    assert_in_delta Recordings.of("tenant").report["seconds"], browser.value("root.sum.ns") / 1e9, 0.001
    gems = Recordings.of("tenant").report["gems"].to_h { |gem| gem.values_at("name", "self_bytes") }
    shown = browser.value("nodes.filter((node) => node.kind === 'o' && node.thing).map((node) => [node.name, node.sum.held])").group_by(&:first).transform_values { |pairs| pairs.sum(&:last) }
    assert_equal gems.reject { |_, bytes| bytes.zero? }, shown.reject { |_, bytes| bytes.zero? }
  end

  def test_a_click_descends_and_the_path_climbs
    open_page
    top = browser.value("all('#map .head').map((head) => head.firstChild.textContent)")
    assert_includes top, "eager load"
    browser.value("all('#map .head').find((head) => head.firstChild.textContent === 'eager load').click()")
    browser.wait { crumbs == ["tenant", "eager load"] }
    phase = map_value
    browser.click("#map .group .head")
    browser.wait { crumbs.size == 3 }
    assert_operator map_value, :<, phase
    assert_equal "eager load", crumbs[1]
    browser.click("#crumbs li:nth-child(2) button")
    browser.wait { crumbs.size == 2 }
    assert_equal phase, map_value
    browser.page.back
    browser.wait { crumbs.size == 3 }
    browser.click("#crumbs li:nth-child(1) button")
    browser.wait { crumbs == ["tenant"] }
    assert_quiet
  end

  def test_the_keyboard_is_enough
    open_page
    browser.value("all('#map button')[0].focus()")
    assert_equal 1, browser.value("all('#map button').filter((button) => button.tabIndex === 0).length")
    first = focused
    browser.press(:Down)
    refute_equal first, focused
    assert_equal "solid", browser.value("getComputedStyle(document.activeElement).outlineStyle")
    browser.press(:Enter)
    browser.wait { crumbs.size > 1 }
    assert browser.value("document.getElementById('map').contains(document.activeElement)")
    3.times { browser.press(:Escape) } # at once, as somebody in a hurry does
    browser.wait { crumbs == ["tenant"] }
    assert browser.value("document.getElementById('map').contains(document.activeElement)")
    assert_quiet
  end

  def test_the_measure_is_switched_in_place
    open_page
    browser.click("#map .head")
    browser.wait { crumbs.size == 2 }
    here = crumbs
    MEASURES.reverse_each do |measure|
      browser.click("#measures button[data-key=#{measure}]")
      browser.wait { browser.value("document.getElementById('map').dataset.measure") == measure }
      assert_equal here, crumbs
      assert_equal [measure], browser.value("all('#measures button[aria-pressed=true]').map((button) => button.dataset.key)")
    end
    browser.click("#measures button[data-key=ns]")
    browser.wait { browser.value("all('#map .head span:nth-child(2)')[0].textContent").end_with?("s") }
  end

  def test_a_file_tells_who_required_it
    open_page
    path = "activestorage-#{version("activestorage")}/lib/active_storage/engine.rb"
    go_to(path)
    browser.wait { crumbs.size > 2 }
    select_file(path)
    assert_equal path, browser.value("all('#details h2')[0].textContent")
    steps = browser.value("all('#details .steps li').map((step) => step.textContent)")
    assert_match(/config\/environment\.rb:\d+\z/, steps.find { |step| step.include?("config/environment.rb") })
    assert_match(/rails\/all\.rb/, steps[-2])
    assert_equal path, steps.last
    assert(browser.value("all('#details .plain li').map((step) => step.textContent)").any? { |asker| asker.match?(/action(text|mailbox)-/) })
  end

  def test_a_gem_of_the_table_tells_what_keeps_it_in_and_where_it_is
    open_page
    search("mail")
    browser.value("all('#table tbody button').find((button) => button.textContent === 'mail').click()")
    details = browser.value("document.getElementById('details').textContent")
    %w[removable self total actionmailer actionmailbox Loaded].each { |word| assert_includes details, word }
    assert_operator browser.value("all('#map .found').length"), :>=, 2
    assert_operator browser.value("all('#details .parts button').length"), :>=, 2
    browser.click("#details .parts button")
    browser.wait { crumbs.last == "mail" }
  end

  def test_the_table_is_searched_and_sorted
    open_page
    report = Recordings.of("tenant").report
    all = report["gems"].size + report["railties"].size
    assert_equal 20, table.size
    browser.click("#more button")
    assert_equal all, table.size
    search("Active_ST")
    assert_equal ["active_storage/engine"], table
    search("sentry")
    assert_equal %w[sentry-rails sentry-ruby], table.sort
    search("no such gem")
    assert_empty table
    search("")
    browser.click("#kinds button[data-key=railtie]")
    assert_equal report["railties"].map { |railtie| railtie["name"] }.sort, table.sort
    browser.click("#kinds button[data-key=gem]")
    browser.click("#table th[data-key=name] button")
    assert_equal report["gems"].map { |gem| gem["name"] }.min, table.first
    browser.click("#table th[data-key=self] button")
    assert_equal report["gems"].max_by { |gem| gem["self_bytes"] }["name"], table.first
    assert_equal ["self", "descending"], browser.value("all('#table th[aria-sort]').flatMap((head) => [head.dataset.key, head.getAttribute('aria-sort')])")
    assert_quiet
  end

  def test_hostile_file_names_are_text
    open_page(self.class.page(self.class.hostile))
    names = browser.value("nodes.filter((node) => node.kind === 'f').map((node) => node.name)")
    HOSTILE.each { |name| assert_includes names, "#{name}.rb" }
    HOSTILE.each do |name|
      go_to("#{name}.rb")
      select_file("#{name}.rb")
      assert_equal "#{name}.rb", browser.value("all('#details h2')[0].textContent")
      assert browser.value("all('#map .tile').some((tile) => tile.title.startsWith(#{JSON.generate(name)}))")
    end
    assert_only_text
  end

  def test_hostile_gem_names_are_text
    lines = File.readlines(self.class.hostile, chomp: true).map { |line| JSON.parse(line) }
    app = lines.find { |line| line.key?("app") }["app"]
    app["name"] = HOSTILE_GEM
    app["gems"] = [{name: HOSTILE_GEM, version: HOSTILE_GEM, in_gemfile: true, autorequire: [], dirs: [app["root"]], dependencies: []}]
    lines.insert(-2, {warning: HOSTILE_GEM})
    lines.last["finish"]["error"] = HOSTILE_GEM
    file = File.join(Recordings::DIRECTORY, "hostile gem.memtrim")
    File.write(file, lines.map { |line| JSON.generate(line) }.join("\n") + "\n")
    open_page(self.class.page(file).gsub(" ", "%20"))
    assert_equal HOSTILE_GEM, browser.value("all('h1')[0].textContent")
    assert_equal [HOSTILE_GEM], table
    assert_equal HOSTILE_GEM, browser.value("all('.note').at(-1).textContent")
    assert_equal HOSTILE_GEM, browser.value("all('.error pre')[0].textContent")
    browser.click("#table tbody button")
    assert_equal HOSTILE_GEM, browser.value("all('#details h2')[0].textContent")
    assert_only_text
  end

  def test_a_light_recording_and_one_that_broke_off_are_shown_too
    light = self.class.page(Recordings.of("api", options: ["--light"]).file)
    open_page(light)
    assert_equal %w[retained ns], browser.value("all('#measures button').map((button) => button.dataset.key)")
    assert_match(/light recording/, browser.value("all('.note')[0].textContent"))
    broken = File.join(Recordings::DIRECTORY, "broken.memtrim")
    whole = File.readlines(Recordings.of("api", options: ["--light"]).file)
    File.write(broken, whole.reject { |line| line.start_with?('{"tallies"', '{"app"', '{"memory"', '{"links"', '{"constants"', '{"finish"') }.join)
    open_page(self.class.page(broken))
    assert_match(/died/, browser.value("all('.error')[0].textContent"))
    assert_equal ["ns"], browser.value("all('#measures button').map((button) => button.dataset.key)")
    assert_quiet
  end

  # Light and dark, at the top and further down, wide and narrow.
  [1280, 390].product(["#held/0", "#retained/1", "#ns/0", :deep]).each_with_index do |(width, place), index|
    define_method(:"test_nothing_overlaps, #{width} pixels, #{place}") do
      open_page(width: width, height: (width > 1000) ? 900 : 844, dark: index.odd?, hash: (place == :deep) ? "" : place)
      if place == :deep
        go_to("activestorage-#{version("activestorage")}/lib/active_storage/engine.rb")
        browser.value("all('#table tbody button')[0].click()")
      end
      assert_equal 0, browser.value("document.documentElement.scrollWidth - document.documentElement.clientWidth")
      assert_empty browser.value(OVERLAPS)
      assert_empty browser.value(UNREADABLE)
      assert_quiet
    end
  end

  # Texts as they are seen, cut to what cuts them; pairs that lie on each other, and what lies outside of the page.
  OVERLAPS = <<~JS
    (() => {
      const boxes = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        const parent = text.parentElement;
        if (!text.data.trim() || parent.closest('script, noscript, .unseen') || getComputedStyle(parent).visibility === 'hidden') continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        for (const rect of range.getClientRects()) {
          const box = { left: rect.left, right: rect.right, top: rect.top, bottom: rect.bottom, text: text.data, parent };
          for (let at = parent; at !== document.body; at = at.parentElement) {
            if (getComputedStyle(at).overflowX === 'visible') continue;
            const clip = at.getBoundingClientRect();
            box.left = Math.max(box.left, clip.left); box.right = Math.min(box.right, clip.right);
            box.top = Math.max(box.top, clip.top); box.bottom = Math.min(box.bottom, clip.bottom);
          }
          if (box.right - box.left > 1 && box.bottom - box.top > 1) boxes.push(box);
        }
      }
      const wrong = boxes.filter((box) => box.left < 0 || box.right > innerWidth + 0.5).map((box) => `outside: ${box.text}`);
      boxes.sort((a, b) => a.top - b.top);
      boxes.forEach((a, index) => {
        for (let other = index + 1; other < boxes.length && boxes[other].top < a.bottom - 3; other++) {
          const b = boxes[other];
          if (a.parent !== b.parent && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1.5) wrong.push(`${a.text} / ${b.text}`);
        }
      });
      return wrong.slice(0, 5);
    })()
  JS

  # Tiles' labels whose contrast is below that of WCAG AA, drawn by the browser itself, as oklch() tells no brightness.
  UNREADABLE = <<~JS
    (() => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
      const luminance = (color) => {
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((it) => (it / 255 <= 0.03928 ? it / 255 / 12.92 : ((it / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const contrast = (one, other) => (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      const labels = all('#map .tile').map((tile) => [tile, tile]).concat(all('#map .head').map((head) => [head, head.parentElement]));
      return labels.filter(([text, back]) => contrast(luminance(getComputedStyle(text).color), luminance(getComputedStyle(back).backgroundColor)) < 4.5).map(([text]) => text.textContent).slice(0, 5);
    })()
  JS

  private

  def browser
    self.class.browser
  end

  def tenant
    self.class.tenant
  end

  def open_page(file = tenant, **options)
    browser.messages.clear
    browser.dialogs.clear
    browser.open(file, **options)
  end

  def crumbs
    browser.value("all('#crumbs li').map((item) => item.textContent)")
  end

  def table
    browser.value("all('#table tbody tr td:first-child button').map((button) => button.textContent)")
  end

  def map_value
    browser.value("Number(document.getElementById('map').dataset.value)")
  end

  def focused
    browser.value("document.activeElement.dataset.node")
  end

  def search(text)
    browser.value("(() => { const field = document.getElementById('search'); field.value = ''; field.focus(); field.dispatchEvent(new Event('input')) })()")
    browser.press(text) unless text.empty?
  end

  # Without loading the page again.
  def visit(hash)
    measure, node = hash.delete_prefix("#").split("/")
    browser.value("location.hash = '#{hash}'")
    browser.wait { browser.value("[document.getElementById('map').dataset.measure, document.getElementById('map').dataset.node]") == [measure, node] }
  end

  # The level that a file is on.
  def go_to(path)
    id = browser.value("nodes.find((node) => node.kind === 'f' && node.name === #{JSON.generate(path)}).parent.id")
    visit("#held/#{id}")
  end

  # Or its own part, where the file registers something besides.
  def select_file(path)
    browser.value("(() => { const node = nodes.find((node) => node.kind === 'f' && node.name === #{JSON.generate(path)}); if (node.children.length > 0) go(node); else enter(node) })()")
    browser.wait { browser.value("all('#details h2')[0].textContent").start_with?(path) }
  end

  def version(gem)
    Recordings.of("tenant").report["gems"].find { |entry| entry["name"] == gem }["version"]
  end

  def assert_only_text
    assert_equal 0, browser.value("all('img, svg, iframe, object').length")
    assert_equal 2, browser.value("all('script').length")
    assert_empty browser.dialogs
    assert_equal 1, browser.requests.size, browser.requests.inspect
    assert_quiet
  end

  def assert_quiet
    assert_empty browser.messages
  end
end

# The same recording as speedscope takes it (https://www.speedscope.app/file-format-schema.json).
class SpeedscopeTest < Minitest::Test
  UNITS = %w[none nanoseconds microseconds milliseconds seconds bytes].freeze

  class << self
    def file
      @file ||= JSON.parse(Memtrim.run("report", "--recording", Recordings.of("tenant").file, "--format", "speedscope").out)
    end
  end

  def test_it_has_the_form_that_speedscope_reads
    assert_equal "https://www.speedscope.app/file-format-schema.json", file["$schema"]
    assert_equal %w[$schema activeProfileIndex exporter name profiles shared], file.keys.sort
    assert_equal ["frames"], file["shared"].keys
    frames.each do |frame|
      assert_empty frame.keys - %w[name file line]
      assert_kind_of String, frame["name"]
      assert(frame.values_at("file", "line").zip([String, Integer]).all? { |value, type| value.nil? || value.is_a?(type) })
    end
    assert_equal frames.size, frames.uniq.size
    profiles.each do |profile|
      assert_equal %w[endValue name samples startValue type unit weights], profile.keys.sort
      assert_equal ["sampled", 0], profile.values_at("type", "startValue")
      assert_includes UNITS, profile["unit"]
      assert_equal profile["samples"].size, profile["weights"].size
      assert(profile["samples"].all? { |stack| stack.any? && stack.all? { |frame| frame.is_a?(Integer) && frame.between?(0, frames.size - 1) } })
      assert(profile["weights"].all? { |weight| weight.is_a?(Integer) && weight.positive? })
      assert_equal profile["endValue"], profile["weights"].sum
    end
  end

  def test_the_weights_add_up_to_the_totals
    report = Recordings.of("tenant").report
    bytes, seconds = profiles
    assert_equal ["held bytes", "bytes", report["totals"]["held_bytes"]], bytes.values_at("name", "unit", "endValue")
    assert_equal %w[seconds nanoseconds], seconds.values_at("name", "unit")
    assert_in_delta report["seconds"], seconds["endValue"] / 1e9, 0.001
  end

  def test_a_stack_reads_from_the_app_s_file_to_the_innermost
    names = frames.map { |frame| frame["name"] }
    assert_includes names, "require fast_excel"
    assert_operator names.grep(/\A\S+ \//).size, :<, 20, "most are named as one requires them"
    stack = profiles.first["samples"].find { |frames| names[frames.last] == "require fast_excel" }
    assert_equal "Bundler.require", names[stack[-2]]
    assert_match(/environment/, names[stack.first])
    hook = frames.find { |frame| frame["name"].start_with?("initializer ") }
    assert_kind_of Integer, hook["line"]
  end

  private

  def file
    self.class.file
  end

  def frames
    file["shared"]["frames"]
  end

  def profiles
    file["profiles"]
  end
end
