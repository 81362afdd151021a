# frozen_string_literal: true

require "bundler"
require "fileutils"
require "tmpdir"
require_relative "app_copy"
require_relative "memtrim"

# The tenant sample app with `require "showcase_memtrim/rails"`, in a directory of its own that a test may change.
class EnforcedApp
  # All of a test run's apps share what Bootsnap has compiled of the gems.
  BOOTSNAP = File.join(Memtrim::TEMPORARY, "bootsnap")

  # @param configuration [String, nil] config/memtrim.yml
  # @param files [Hash{String => String, nil}] contents by path; nil: not there
  # @param gems [Hash{String => String}] path gems of the app's own by name: lib/NAME.rb
  # @yield [EnforcedApp]
  def self.with(configuration = nil, files: {}, gems: {}, app: "tenant")
    Dir.mktmpdir("enforced") do |dir|
      yield new(File.join(File.realpath(dir), "app"), AppCopy.prepare(app, in_gemfile: true), {"config/memtrim.yml" => configuration, **files}, gems)
    end
  end

  # @return [String]
  attr_reader :directory

  def initialize(directory, source, files, gems)
    @directory = directory
    FileUtils.mkdir_p(directory)
    FileUtils.cp_r((Dir.children(source) - %w[log tmp coverage storage]).map { |name| File.join(source, name) }, directory)
    write("config/application.rb", read("config/application.rb").sub(%("rails/all"), %("showcase_memtrim/rails")))
    files.each { |path, content| write(path, content) }
    add(gems) if gems.any?
  end

  def read(path)
    File.read(File.join(@directory, path))
  end

  def write(path, content)
    file = File.join(@directory, path)
    return FileUtils.rm_rf(file) if content.nil?
    FileUtils.mkdir_p(File.dirname(file))
    File.write(file, content)
  end

  # Boots the app and then runs some Ruby.
  #
  # @return [Memtrim::Result]
  def boot(code = "puts :booted", env: "production", before: "", variables: {})
    run("ruby", "-e", "#{before}; require \"./config/environment\"; #{code}", env: env, variables: variables)
  end

  # @return [Memtrim::Result] of a command in the app
  def run(*command, env: "production", variables: {}, **options)
    Memtrim.run_command(*command, chdir: @directory, env: {
      "RAILS_ENV" => env, "SECRET_KEY_BASE_DUMMY" => "1", "BUNDLE_GEMFILE" => File.join(@directory, "Gemfile"),
      "BOOTSNAP_CACHE_DIR" => BOOTSNAP, "RAILS_LOG_LEVEL" => "fatal", **variables
    }, **options)
  end

  private

  def add(gems)
    gems.each do |name, code|
      write("vendor/gems/#{name}/lib/#{name}.rb", code)
      write("vendor/gems/#{name}/#{name}.gemspec", "Gem::Specification.new { |s| s.name = '#{name}'; s.version = '1.0'; s.summary = s.author = 'x'; s.files = Dir['lib/**/*'] }")
      write("Gemfile", read("Gemfile") + "\ngem #{name.inspect}, path: 'vendor/gems/#{name}'\n")
    end
    locked = run("bundle", "lock", "--local")
    raise locked.err unless locked.status.success?
  end
end
