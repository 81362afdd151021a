# frozen_string_literal: true

require "bundler"
require "digest"
require "fileutils"
require "find"

# A sample app, copied for one Ruby and one Rails and bundled there: its lock, database, log and bootsnap cache are
# its own. Tests, benches and bin/setup all get their apps here.
#
#   AppCopy.prepare("tenant", rails: "7.2")                    # => ".../tmp/legs/ruby-3.1-rails-7.2/tenant"
#   AppCopy.prepare("tenant", rails: "7.2", in_gemfile: true)  # the gem itself in the app's Gemfile
#
# The second time nothing is done unless the app's files changed; what the app wrote (log/, tmp/) stays.
class AppCopy
  ROOT = File.expand_path("../..", __dir__)
  APPS = File.join(ROOT, "test/apps")
  RUBY = RUBY_VERSION[/\A\d+\.\d+/]
  WRITTEN_BY_THE_APP = %w[.bundle Gemfile.lock coverage log node_modules storage tmp].freeze

  # Of the newest Rails last.
  SUPPORTED = (Gem::Version.new(RUBY) < Gem::Version.new("3.2")) ? %w[7.1 7.2].freeze : %w[7.2 8.0 8.1].freeze

  class Error < StandardError; end

  class << self
    # The legs to run: all that this Ruby supports, or the one that RAILS_VERSION names.
    def rails_versions
      ENV["RAILS_VERSION"].to_s.empty? ? SUPPORTED : [ENV["RAILS_VERSION"]]
    end

    def apps
      Dir[File.join(APPS, "*/Gemfile")].map { |file| File.basename(File.dirname(file)) }.sort
    end

    def prepare(app, rails: rails_versions.last, in_gemfile: false)
      new(app, rails: rails, in_gemfile: in_gemfile).prepare
    end

    # The app where it is, for bin/demo, with the newest Rails.
    def prepare_in_place(app)
      new(app, rails: SUPPORTED.last, in_place: true).prepare
    end
  end

  attr_reader :directory

  def initialize(app, rails:, in_gemfile: false, in_place: false)
    @source = File.join(APPS, app)
    @rails = rails
    @in_gemfile = in_gemfile
    @in_place = in_place
    @directory = in_place ? @source : File.join(ROOT, "tmp/legs/ruby-#{RUBY}-rails-#{rails}", app + ("-with-gem" if in_gemfile).to_s)
    raise Error, "no app #{app} in #{APPS}" unless File.exist?(File.join(@source, "Gemfile"))
  end

  def prepare
    alone do
      copy unless @in_place || stamped?("files", files_fingerprint)
      bundle unless stamped?("bundle", bundle_fingerprint)
    end
    directory
  end

  private

  def copy
    previous = File.exist?(stamp("list")) ? File.readlines(stamp("list"), chomp: true) : []
    (previous - files).each { |file| FileUtils.rm_f(File.join(directory, file)) }
    files.each { |file| copy_file(file) }
    write_stamp("list", files.join("\n"))
    write_stamp("files", files_fingerprint)
  end

  def copy_file(file)
    from, to = File.join(@source, file), File.join(directory, file)
    content = File.binread(from)
    content = gemfile(content) if file == "Gemfile"
    return if File.exist?(to) && File.binread(to) == content

    FileUtils.mkdir_p(File.dirname(to))
    File.binwrite(to, content)
    File.chmod(File.stat(from).mode, to)
  end

  # The copy stands alone: booted by hand, it is still on its Rails. It need not ask RubyGems for the source either,
  # which on Ruby 3.1 loads Psych, and with warnings, into every boot.
  def gemfile(content)
    header = %(ENV["RAILS_VERSION"] = "#{@rails}"\n)
    header += %(ENV["MEMTRIM_IN_GEMFILE"] = "#{ROOT}"\n) if @in_gemfile
    content.sub("Gem.sources.first.uri.to_s", Gem.sources.first.uri.to_s.inspect).sub(/\A((?:#.*\n)*)/) { "#{$1}#{header}" }
  end

  def bundle
    FileUtils.mkdir_p(File.join(directory, ".bundle"))
    File.write(File.join(directory, ".bundle/config"), "---\nBUNDLE_PATH: \"#{File.join(ROOT, "vendor/bundle")}\"\n")
    FileUtils.rm_f(lock_file) # one made for another Ruby or Rails is in the way
    warn "bundling #{directory.delete_prefix("#{ROOT}/")} (Rails #{@rails})"
    run("bundle", "install", "--quiet")
    write_stamp("bundle", bundle_fingerprint)
  end

  def run(*command)
    env = {"BUNDLE_GEMFILE" => File.join(directory, "Gemfile"), "RAILS_VERSION" => @rails}
    env["MEMTRIM_IN_GEMFILE"] = @in_gemfile ? ROOT : nil
    output = Bundler.with_unbundled_env { IO.popen(env, command, chdir: directory, err: %i[child out], &:read) }
    raise Error, "#{command.join(" ")} failed in #{directory}:\n#{output}" unless $?.success?
  end

  def files
    @files ||= Dir.chdir(@source) do
      Find.find(".").filter_map do |path|
        path = path.delete_prefix("./")
        Find.prune if WRITTEN_BY_THE_APP.include?(path)
        path if File.file?(path)
      end.sort
    end
  end

  def files_fingerprint
    @files_fingerprint ||= digest(@in_gemfile, @rails, *files.flat_map { |file| [file, File.binread(File.join(@source, file))] })
  end

  # Whatever says which gems are needed, those of the app's own engines too.
  def bundle_fingerprint
    manifests = files.grep(/(\A|\/)(Gemfile|.*\.gemspec)\z/).map { |file| File.join(@source, file) }
    manifests << File.join(ROOT, "showcase_memtrim.gemspec") if @in_gemfile
    digest(RUBY_VERSION, @rails, directory, Gem.sources.first.uri, *manifests.map { |file| File.binread(file) })
  end

  def digest(*parts)
    Digest::SHA256.hexdigest(parts.join("\0"))
  end

  def stamped?(name, fingerprint)
    return false if name == "bundle" && !(File.exist?(lock_file) && Dir.exist?(File.join(ROOT, "vendor/bundle")))

    File.exist?(stamp(name)) && File.read(stamp(name)) == fingerprint
  end

  def write_stamp(name, content)
    FileUtils.mkdir_p(File.dirname(stamp(name)))
    File.write(stamp(name), content)
  end

  def stamp(name)
    File.join(directory, "tmp/app_copy", name)
  end

  def lock_file
    File.join(directory, "Gemfile.lock")
  end

  # Two processes can't install into one folder of gems.
  def alone
    FileUtils.mkdir_p(File.join(ROOT, "tmp"))
    File.open(File.join(ROOT, "tmp/app_copy.lock"), File::CREAT | File::RDWR) do |file|
      file.flock(File::LOCK_EX)
      yield
    end
  end
end
