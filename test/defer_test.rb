# frozen_string_literal: true

require "fileutils"
require "json"
require "minitest/autorun"
require "tmpdir"
require "yaml"
require_relative "support/app_copy"
require_relative "support/memtrim"
require_relative "support/planted_gems"

# `memtrim defer`: what it says, what it writes, and how it ends.
class DeferTest < Minitest::Test
  GEMS = {
    "lazy" => "module Lazy\n  ROOM = 'x' * 500_000\nend\n",
    "patcher" => "module Patcher; end\nclass String\n  def planted; end\nend\n",
    "nameless" => "$nameless = 1\n",
    "unrequired" => "module Unrequired; end\n",
    "elsewhere" => "module Elsewhere; end\n"
  }.freeze
  OPTIONS = {"unrequired" => ", require: false", "elsewhere" => ", group: :development"}.freeze
  CONFIGURATION = "# mine\ndefer:\n  # first\n  known: [Known]\n"

  def test_it_shows_and_writes_the_lines
    in_an_app do |app|
      file = File.join(app, "config/memtrim.yml")
      shown = defer(app, "lazy")
      assert_equal [0, "+defer:\n+  lazy: [Lazy]\n"], [shown.status.exitstatus, shown.out.lines.last(2).join]
      assert_equal "lazy: safe to defer; a boot without it holds 0.5 MiB less", shown.notes[-2]
      assert_equal "nothing written; --write does", shown.notes.last
      refute_path_exists file
      assert_equal 0, defer(app, "lazy", "--write").status.exitstatus
      assert_equal({"defer" => {"lazy" => ["Lazy"]}}, YAML.load_file(file))
      again = defer(app, "lazy", "--write")
      assert_equal [0, "", ["lazy is deferred already (config/memtrim.yml:#{line_of(file, "lazy:")})"]], [again.status.exitstatus, again.out, again.notes]
    end
  end

  def test_what_is_not_safe_is_refused_and_forced
    in_an_app("config/memtrim.yml" => CONFIGURATION) do |app|
      file = File.join(app, "config/memtrim.yml")
      refused = defer(app, "lazy", "patcher", "nameless", "--write")
      assert_equal 1, refused.status.exitstatus
      assert_includes refused.out, "patcher: adds the method String#planted (gems/patcher/lib/patcher.rb:3)\nnameless: brings no constant of its own that could load it (gems/nameless/lib/nameless.rb)\n"
      assert_includes refused.notes, "not deferred: patcher, nameless; --force REASON does it all the same"
      assert_equal "#{CONFIGURATION}  lazy: [Lazy]\n", File.read(file)
      forced = defer(app, "patcher", "--force", "nobody calls it", "--write")
      assert_equal 0, forced.status.exitstatus, forced.err
      assert_equal({"constants" => ["Patcher"], "force" => "nobody calls it"}, YAML.load_file(file).dig("defer", "patcher"))
      assert_equal 1, defer(app, "nameless", "--force", "no constant can be forced").status.exitstatus
    end
  end

  def test_json
    in_an_app do |app|
      told = JSON.parse(defer(app, "lazy", "patcher", "--format", "json").out)
      lazy, patcher = told["gems"]
      assert_equal [true, true, ["Lazy"], []], lazy.values_at("safe", "deferred", "constants", "reasons")
      assert_in_delta 500_000, lazy["held_saved_bytes"], 60_000
      assert_equal [{"what" => "adds the method String#planted", "file" => "gems/patcher/lib/patcher.rb", "line" => 3, "kind" => "method", "names" => ["String#planted"], "passive" => true}], patcher["reasons"]
      assert_nil told["written"]
    end
  end

  def test_names_that_are_not_for_it
    in_an_app do |app|
      {
        "lazyy" => [2, /no gem lazyy in the bundle; did you mean lazy\?/],
        "active_storage/engine" => [2, /is a railtie: `railties:` in config\/memtrim.yml leaves it out/],
        "unrequired" => [0, /unrequired: nothing to defer, Bundler does not require it \(require: false in the Gemfile\)/],
        "elsewhere" => [0, /elsewhere: nothing to defer, Bundler does not require it in production \(its group is development\)/]
      }.each do |name, (status, says)|
        result = defer(app, name)
        assert_equal [status, ""], [result.status.exitstatus, result.out], name
        assert_match says, result.notes.last
      end
      {["lazy", "--force", " "] => /--force wants the reason/, ["--write"] => /go with the gems to defer/}.each do |arguments, says|
        result = defer(app, *arguments)
        assert_equal 2, result.status.exitstatus
        assert_match says, result.notes.last
      end
    end
    result = Memtrim.run("defer", "rack", "--app", AppCopy.prepare("tenant"))
    assert_equal 2, result.status.exitstatus
    assert_match(/rack is not in the Gemfile: actionpack, .* need it; its own line is not yours to defer/, result.notes.last)
  end

  def test_what_is_deferred_now
    with_copy_of_tenant do |app|
      assert_equal [0, ""], [(result = defer(app)).status.exitstatus, result.out], result.err
      write(app, "config/memtrim.yml", "defer:\n  combine_pdf: [CombinePDF]\n  rubyzip:\n    constants: [Zip]\n    force: because\n")
      result = defer(app)
      assert_equal 0, result.status.exitstatus, result.err
      assert_match(/^combine_pdf  deferred until CombinePDF; \d\.\d MiB at its first use$/, result.out)
      assert_match(/^rubyzip      deferred until Zip; \d\.\d MiB at its first use \(by force: because\)$/, result.out)
      write(app, "config/initializers/archive.rb", "# frozen_string_literal: true\n\nrequire \"zip\"\n")
      result = defer(app)
      assert_equal 1, result.status.exitstatus, result.err
      assert_match(/^rubyzip      loaded at boot all the same, by config\/initializers\/archive\.rb:3$/, result.out)
      rubyzip = JSON.parse(defer(app, "--format", "json").out)["deferred"].last
      assert_equal ["rubyzip", ["Zip"], "because", true, "config/initializers/archive.rb", 3, nil], rubyzip.values_at("name", "constants", "force", "loaded", "file", "line", "held_bytes")
    end
  end

  # The trial of another gem is of the app as config/memtrim.yml has it.
  def test_an_app_without_the_runtime_is_told_so
    in_an_app("config/memtrim.yml" => "defer:\n  lazy: [Lazy]\n") do |app|
      result = defer(app)
      assert_equal 1, result.status.exitstatus
      assert_includes result.notes, "config/application.rb does not require showcase_memtrim/rails: nothing is deferred"
      assert_equal "lazy  loaded at boot all the same, by config/environment.rb:2\n", result.out
    end
  end

  def test_the_rake_task
    with_copy_of_tenant do |app|
      result = Memtrim.run_command(RbConfig.ruby, "bin/rails", "memtrim:defer[rubyzip]", chdir: app, env: {"RAILS_ENV" => "production", "SECRET_KEY_BASE_DUMMY" => "1"})
      assert_predicate result.status, :success?, result.err
      assert_match(/^\+  rubyzip: \[Zip\]$/, result.out)
    end
  end

  private

  def in_an_app(files = {}, &block)
    PlantedGems.in_an_app(GEMS, files: files, options: OPTIONS, &block)
  end

  def with_copy_of_tenant
    Dir.mktmpdir("defer") do |dir|
      app = File.join(File.realpath(dir), "tenant")
      FileUtils.cp_r(AppCopy.prepare("tenant", in_gemfile: true), app)
      application = File.read(File.join(app, "config/application.rb"))
      write(app, "config/application.rb", application.sub("rails/all", "showcase_memtrim/rails"))
      yield app
    end
  end

  def write(app, path, content)
    File.write(File.join(app, path), content)
  end

  def defer(app, *arguments)
    Memtrim.run("defer", *arguments, "--app", app)
  end

  def line_of(file, text)
    File.readlines(file).index { |line| line.include?(text) } + 1
  end
end
