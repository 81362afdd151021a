# frozen_string_literal: true

require "fileutils"
require "tmpdir"
require_relative "app_copy"
require_relative "memtrim"

# A sample app whose test suite asserts on its boots: with us, simplecov and spring in its Gemfile, and an initializer that
# notes each boot. Its directory is its own, so that Bootsnap's cache stays warm; what a test writes there is removed.
class SuiteApp < AppCopy
  BUDGET = "budget:\n  rss: 500 MB\n"
  LISTED = <<~YAML
    railties:
      - active_record/railtie
      - action_controller/railtie
      - action_view/railtie
      - active_job/railtie
      - action_cable/engine
      - rails/test_unit/railtie

    defer:
      combine_pdf: [CombinePDF]

  YAML

  # Notes which boot this is and what is there that only tests' processes have.
  NOTE = <<~RUBY
    if ENV["BOOTS"]
      features = $LOADED_FEATURES
      kind = if features.any? { |file| file.end_with?("/showcase_memtrim/child.rb") } then "recorded"
      elsif File.read("/proc/self/maps").include?("memtrim_alloc") then "counted"
      elsif features.any? { |file| file.end_with?("/experiment/child.rb") } then "resident"
      else "own"
      end
      strange = %w[SimpleCov Minitest RSpec Spring FromRubyopt].select { |name| Object.const_defined?(name) }
      File.write(File.join(ENV["BOOTS"], "\#{Process.pid}"), [Rails.env, kind, *strange].join(" "))
    end
  RUBY

  FILES = {
    "config/initializers/aaa_note_boots.rb" => NOTE,
    "config/environments/staging.rb" => "Rails.application.configure { config.before_initialize { raise 'no staging here' } }\n",
    "config/spring.rb" => "Spring.dangerously_allow_disabling_reloading = true\n",
    "test/from_rubyopt.rb" => "FromRubyopt = true\n"
  }.freeze

  GEMS = %(gem "simplecov", require: false, group: :test\ngem "spring", group: :development\n)

  class << self
    # @return [SuiteApp] bundled, with a warm cache
    def of(app, rails: rails_versions.last)
      (@apps ||= {})[[app, rails]] ||= new(app, rails: rails).tap(&:prepare)
    end
  end

  def initialize(app, rails:)
    super(app, rails: rails, in_gemfile: true)
    @directory = "#{directory.delete_suffix("-with-gem")}-with-suite"
  end

  def prepare
    super
    application = read("config/application.rb").sub(%("rails/all"), %("showcase_memtrim/rails"))
    write("config/application.rb", application)
    FILES.each { |path, content| write(path, content) }
    write("config/memtrim.yml", "#{LISTED if application.include?("showcase_memtrim/rails")}#{BUDGET}")
    alone { warm_up unless stamped?("warm", warmth) }
    directory
  end

  # Runs a suite as a user would.
  #
  # @param files [Hash{String => String}] of it
  # @param notes [String] a directory for notes of boots
  # @return [Array(Memtrim::Result, Array<String>)] what it said; of each boot its environment, its kind, and what is
  #   there that has no place in it
  def suite(*command, files:, notes:, env: {})
    files.each { |path, content| write(path, content) }
    Dir.mktmpdir("suite") do |temporary|
      result = run(*command, variables: {"BOOTS" => notes, "TMPDIR" => temporary, "RUBYOPT" => "-r#{File.join(directory, "test/from_rubyopt.rb")}", **env})
      left = Dir.children(temporary).grep(/memtrim/)
      raise "left behind: #{left}" if left.any?
      [result, Dir.children(notes).map { |pid| File.read(File.join(notes, pid)) }.sort]
    end
  ensure
    files.each_key { |path| FileUtils.rm_f(File.join(directory, path)) }
  end

  # @return [Memtrim::Result]
  def run(*command, env: "test", variables: {})
    Memtrim.run_command(*command, chdir: directory, env: {"RAILS_ENV" => env, "SECRET_KEY_BASE_DUMMY" => ("1" if env == "production"), "RAILS_LOG_LEVEL" => "fatal", **variables})
  end

  private

  # Once Bootsnap has compiled what boots load, of the app and of us, they are alike; and without a database for its tests
  # Rails would boot the app once more.
  def warm_up
    prepared = run("bundle", "exec", "rake", "db:test:prepare")
    raise "no database: #{prepared.out}#{prepared.err}" unless prepared.status.success?
    %w[production test].each do |env|
      result = run("bundle", "exec", "ruby", "-e", %(require "./config/environment"; require "showcase_memtrim/guard"; boot = ShowcaseMemtrim::Guard::AppBoot.of("production"); boot.measured("counted", 0); boot.recording.whole? or exit(1)), env: env)
      raise "no boot: #{result.out}#{result.err}" unless result.status.success?
    end
    write_stamp("warm", warmth)
  end

  def warmth
    digest(bundle_fingerprint, *Dir[File.join(ROOT, "lib/**/*.rb")].sort.map { |file| File.read(file) })
  end

  def gemfile(content)
    super + GEMS
  end

  def bundle_fingerprint
    digest(super, GEMS)
  end

  def read(path)
    File.read(File.join(directory, path))
  end

  def write(path, content)
    file = File.join(directory, path)
    FileUtils.mkdir_p(File.dirname(file))
    File.write(file, content) unless File.exist?(file) && File.read(file) == content
  end
end
