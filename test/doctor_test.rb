# frozen_string_literal: true

require "minitest/autorun"
require "json"
require_relative "support/doctored_app"
require_relative "support/fresh_files"
require_relative "support/memtrim_here"

# `memtrim doctor`, as a user runs it.
class DoctorTest < Minitest::Test
  include DoctoredApp

  # Of a Ruby that touches the main thread's stack nothing is to be told here: what we start has our limit.
  Process.setrlimit(:STACK, 1 << 20, Process.getrlimit(:STACK).last)

  def test_faults_and_trades
    changes = {
      "config/application.rb" => [%(require "rails"), %(require "rails/all")], "config/puma.rb" => [", 3)", ", 5)"],
      "Procfile" => "web: MALLOC_ARENA_MAX=2 bundle exec puma\n"
    }
    with_doctored_app(changes) do |app|
      result = doctor(app)
      assert_equal [1, ""], [result.status.exitstatus, result.err]
      assert_equal ["shop · production · Ruby 3.3.5 · Rails 7.2.2 · #{ShowcaseMemtrim::Doctor::RULES.size} rules", ""], result.out.lines(chomp: true).first(2)
      text = result.out.gsub(/\s+/, " ")
      assert_includes text, "FAULTS: nothing speaks for these rails_all · config/application.rb:2 require \"rails/all\" loads all of Rails why "
      assert_includes text, "TRADES: memory for something else; only a measurement of this app can weigh them puma_threads · config/puma.rb:1 a process serves with 5 threads;"
      assert_match(/\n    edit    config\/puma\.rb: threads_count = ENV\.fetch\("RAILS_MAX_THREADS", 3\)\n            threads threads_count, threads_count\n/, result.out)
      assert_match(/\n1 fault, 1 trade\nnext: memtrim doctor --measure .*\n      memtrim tune .*\n\z/, result.out)
      assert_operator result.out.lines.reject { |line| line.include?("edit  ") }.map(&:size).max, :<=, 101
    end
  end

  def test_exit_statuses
    with_doctored_app("Procfile" => "web: bundle exec puma\n") { |app| assert_equal [0, "nothing found by #{ShowcaseMemtrim::Doctor::RULES.size} rules"], [doctor(app).status.exitstatus, doctor(app).out.lines(chomp: true)[2]] }
    with_doctored_app("config/puma.rb" => "threads 5, 5\n") do |app|
      result = doctor(app)
      assert_equal [0, "1 trade"], [result.status.exitstatus, result.out.lines(chomp: true)[-3]]
    end
  end

  def test_variables_of_the_container
    with_doctored_app do |app|
      file = File.join(app, "../web.env")
      File.write(file, "# of the host\nRAILS_LOG_LEVEL=debug\nexport RAILS_MAX_THREADS=7\n")
      answer = JSON.parse(doctor(app, "--env-file", file, "--format", "json").out)
      found = answer["findings"].map { |finding| [finding["rule"], finding["line"]] }
      assert_includes found, ["log_level", 2]
      assert_includes found, ["puma_threads", 3]
      assert_empty answer["notes"]
      File.write(file, "NO VALUE\n")
      assert_error(/web\.env:1: /, app, "--env-file", file)
      assert_error(/none\.env/, app, "--env-file", "#{app}/none.env")
    end
  end

  # What is ignored is counted; what ignores nothing is told.
  def test_ignored_findings
    changes = {"config/puma.rb" => "threads 5, 5\n", "config/memtrim.yml" => "ignore:\n  puma_threads: requests wait for the bank\n  log_tags: gone by now\n  chronic: used by the console\n"}
    with_doctored_app(changes) do |app|
      result = doctor(app)
      assert_equal [0, "nothing found by #{ShowcaseMemtrim::Doctor::RULES.size} rules; 1 ignored in config/memtrim.yml"], [result.status.exitstatus, result.out.lines(chomp: true)[2]]
      assert_includes result.notes, "config/memtrim.yml:3: log_tags is ignored, and there is no such finding"
      answer = JSON.parse(doctor(app, "--format", "json").out)
      assert_equal [["puma_threads", "requests wait for the bank", 1], ["log_tags", "gone by now", 0]], answer["ignored"].map(&:values)
    end
  end

  def test_nothing_says_how_it_is_run
    with_doctored_app { |app| assert_equal 1, doctor(app).notes.grep(/--env-file/).size }
  end

  # It is read, and nothing of it is run or written.
  def test_the_app_is_not_run
    trap = "File.write(File.join(#{Dir.tmpdir.inspect}, 'was_run'), '')\n"
    changes = %w[Gemfile config/application.rb config/environments/production.rb config/initializers/a.rb config/puma.rb config/boot.rb config.ru].to_h { |file| [file, trap + SOUND.fetch(file, "")] }
    with_doctored_app(**changes, "config/database.yml" => "<% #{trap.strip} %>\nproduction:\n  pool: <%= #{trap.strip} %>\n") do |app|
      assert_untouched(app) { assert_includes [0, 1], doctor(app).status.exitstatus }
    end
    refute_path_exists File.join(Dir.tmpdir, "was_run")
  end

  # Of a fresh app it says what is true of it, and no more.
  AppCopy.rails_versions.each do |rails|
    define_method(:"test_fresh_app_of_rails_#{rails}") do
      app = FreshFiles.prepare(rails: rails)
      answer = JSON.parse(doctor(app, "--format", "json").out)
      defaults = Gem::Version.new(rails)
      ruby = Gem::Version.new(answer.dig("environment", "ruby"))
      expected = %w[rails_all]
      deploy = File.join(app, "config/deploy.yml")
      forks = File.file?(deploy) && File.read(deploy).match?(/^ *SOLID_QUEUE_IN_PUMA: true/)
      expected << "eager_load" unless forks
      expected << "puma_threads" if defaults < Gem::Version.new("7.2") # whose config/puma.rb has 5
      expected << "yjit" if defaults >= Gem::Version.new("7.2") && ruby >= Gem::Version.new("3.3")
      own = answer["findings"].select { |finding| %w[rails_all development_gems left_out_settings eager_load puma_threads puma_workers database_pool yjit log_level log_tags].include?(finding["rule"]) }
      assert_equal expected.sort, own.map { |finding| finding["rule"] }.sort
      assert_equal ["rails_all"], answer["findings"].select { |finding| finding["level"] == "fault" }.map { |finding| finding["rule"] }
      own.each { |finding| assert_path_exists File.join(app, finding["file"]) }
    end
  end

  # What the sample apps are: one has all of Rails and loads it all; of the other there is nothing to say but what a newer
  # Ruby does unasked.
  def test_sample_apps
    tenant, api = %w[tenant api].map { |name| doctor(AppCopy.prepare(name), "--format", "json") }
    assert_equal [1, 0], [tenant, api].map { |result| result.status.exitstatus }
    found = JSON.parse(tenant.out)["findings"].map { |finding| finding.values_at("rule", "file", "line") }
    assert_includes found, ["rails_all", "config/application.rb", line_of("config/application.rb", /rails\/all/)]
    assert_includes found, ["eager_load", "config/environments/production.rb", line_of("config/environments/production.rb", /eager_load = true/)]
    assert_equal (RUBY_VERSION >= "3.3") ? %w[yjit] : [], JSON.parse(api.out)["findings"].map { |finding| finding["rule"] }
  end

  BAD = {
    "a server's configuration that is no Ruby" => [{"config/puma.rb" => "threads 1,\n"}, /\Aconfig\/puma\.rb:\d: no Ruby that can be read: /],
    "an application that is no Ruby" => [{"config/application.rb" => "module Shop\n  class\nend\n"}, /\Aconfig\/application\.rb:\d: no Ruby that can be read: /],
    "a Gemfile that is no Ruby" => [{"Gemfile" => "gem \"puma\n"}, /\AGemfile:\d: no Ruby that can be read: /],
    "databases that are no YAML" => [{"config/database.yml" => "production:\n  pool: [1\n"}, /\Aconfig\/database\.yml:\d: no YAML: /],
    "a list that is none" => [{"config/memtrim.yml" => "ignore: [puma_threads]\n"}, /\Aconfig\/memtrim\.yml:1: ignore: wants /],
    "no Rails app" => [{"config/application.rb" => nil}, /\Ano Rails app in .*shop: config\/application\.rb is missing; --app names the app's directory\z/]
  }.freeze

  BAD.each do |name, (changes, message)|
    define_method(:"test_bad_input: #{name}") { with_doctored_app(changes) { |app| assert_error(message, app) } }
  end

  def test_bad_arguments
    with_doctored_app do |app|
      assert_error(/\Ano config\/environments\/staging\.rb; --env is one of production\z/, app, "--env", "staging")
      assert_error(/\Adoctor takes no puma; /, app, "puma")
      assert_error(/\A#{app}\/gone: no such directory; /, "#{app}/gone")
      assert_error(/invalid argument: --format yaml/, app, "--format", "yaml")
    end
  end

  def test_files_that_can_not_be_read
    skip "root reads all" if Process.uid.zero?
    %w[config/puma.rb config/database.yml config/environments/production.rb].each do |file|
      with_doctored_app do |app|
        File.chmod(0, File.join(app, file))
        assert_error(/\A#{file} can't be read: permission denied\z/, app)
      end
    end
  end

  # Loops of links and anchors, other bytes, other line ends.
  def test_odd_files
    odd = {
      "config/database.yml" => "\xEF\xBB\xBFdefault: &default\r\n  <<: *default\r\n  pool: 2\r\nproduction:\r\n  <<: *default\r\n".b,
      "config/initializers/latin.rb" => "# encoding: iso-8859-1\n# caf\xE9\nRails.application.config.x.y = \"caf\xE9\"\n".b
    }
    with_doctored_app(odd) do |app|
      File.symlink("loop.rb", File.join(app, "config/initializers/loop.rb"))
      result = doctor(app)
      assert_includes result.out, "database_pool · config/database.yml:3"
    end
    ["", "---\n", "- 1\n", "production: sqlite3\n", "production: *none\n", "production:\n  - a\n"].each do |yaml|
      with_doctored_app("config/database.yml" => yaml) { |app| refute_includes doctor(app).out, "database_pool", yaml }
    end
  end

  private

  def doctor(app, *arguments)
    MemtrimHere.run("doctor", "--app", app, "--env", "production", *arguments)
  end

  # One line, and nothing else.
  def assert_error(message, app, *arguments)
    result = doctor(app, *arguments)
    assert_equal [2, "", 1], [result.status.exitstatus, result.out, result.err.lines.size], result.err
    assert_match message, result.notes.first
  end

  def line_of(file, pattern)
    File.readlines(File.join(AppCopy.prepare("tenant"), file)).index { |line| line.match?(pattern) } + 1
  end
end
