# frozen_string_literal: true

require_relative "clock"
require_relative "experiment"
require_relative "trim/application_file"
require_relative "trim/attempt"
require_relative "trim/configuration_file"
require_relative "trim/edit"
require_relative "trim/written"

module ShowcaseMemtrim
  # Makes an app load less. What can be left out or deferred is looked for; config/application.rb and config/memtrim.yml
  # are edited, in a copy of the app first; and only an edit with which the app boots, and passes its check, comes out.
  class Trim
    # Seconds that the trials of resident memory have in any case.
    LEAST = 30

    # What stays as it is although it was to go. kind: railtie or gem.
    LeftAlone = Struct.new(:name, :kind, :why, keyword_init: true)

    # @return [Array<Edit>] none: there is nothing to trim
    attr_reader :edits
    # @return [Array<LeftAlone>]
    attr_reader :left_alone
    # @return [Hash] what the edits save: held_saved_bytes, anon_saved_bytes, anon_interval, …; empty without edits
    attr_reader :saving

    # @param workspace [Experiment::Workspace] a copy of the app, for the search
    # @param railties [Array<String>, nil] to have: all others of the app's list are to go
    # @param defer [Array<String>, nil] gems to defer; with neither of the two: whatever can go
    # @param check [String, nil] a command that passes when the app works
    # @param resident [Boolean] also what it saves in resident memory
    # @param seconds [Numeric] for all of it, as Experiment::Proof has it
    # @param options [Hash] of every trial, as Trial takes them
    def initialize(workspace, railties: nil, defer: nil, check: nil, resident: true, seconds: 450, store: nil, progress: Experiment::Progress.new(nil), jobs: nil, **options)
      @workspace = workspace
      @railties = railties
      @defer = defer
      @check = check
      @resident = resident
      @seconds = seconds
      @store = store
      @progress = progress
      @jobs = jobs
      @options = options
      @left_alone = []
      @saving = {}
      @edits = []
      @failures = {}
      @anyway = []
      @brought = []
    end

    # @return [Trim] itself, with its edits
    # @raise [Error] when the app does not work as it is, or with none of the edits; when a file can't be edited
    def run
      @started = Clock.now
      check_bundle
      read_files
      search
      choose
      self
    end

    # @return [Array<String>, nil] the list as config/memtrim.yml is to have it; nil: all of rails/all
    def railties
      @after.railties
    end

    # @return [Hash{String => Array<String>}] gem → constants, as config/memtrim.yml is to have them
    def deferred
      @after.deferred
    end

    # @param written [Boolean] whether the edits are in the app's own files
    def to_h(written:)
      {
        schema: 1, app: File.basename(@workspace.app), environment: @candidates.environment, check: @check,
        railties: railties, defer: deferred, left_alone: left_alone.map(&:to_h), held_saved_bytes: 0,
        **saving.slice("held_saved_bytes", "anon_saved_bytes", "anon_interval", "rss_saved_bytes", "rss_interval", "trials").transform_keys(&:to_sym),
        files: edits.map { |edit| {path: edit.path, diff: edit.diff} }, written: written
      }
    end

    private

    # config/application.rb will require us.
    def check_bundle
      return if Experiment::GemfileLock.new(@workspace.gemfile).gem?("showcase_memtrim")
      raise Error, "the app's bundle has no showcase_memtrim, which its config/application.rb is to require: run `bundle add showcase_memtrim` in #{@workspace.app} first"
    end

    # What can't be edited is said before the first boot.
    def read_files
      @application_text = read(ApplicationFile::PATH) or raise Error, "no #{ApplicationFile::PATH} in #{@workspace.app}"
      @configuration_text = read(ConfigurationFile::PATH)
      @application = ApplicationFile.new(@application_text)
      @after = ConfigurationFile.new(@configuration_text)
    end

    def read(path)
      file = File.join(@workspace.app, path)
      File.binread(file) if File.file?(file)
    end

    def search
      minimal = Experiment::Minimal.new(@workspace, railties: @railties, defer: gems_to_defer, check: @check, store: @store, progress: @progress, jobs: @jobs, **@options).run(measure: false)
      @candidates = minimal.candidates
      @application = ApplicationFile.new(@application_text, known: @candidates.known_railties)
      minimal.kept.each { |name, why| leave_alone(name, why) }
      @gone = minimal.left_out
      @constants = minimal.deferred
      put_back(minimal.loaded)
    end

    # Without those that are deferred already.
    def gems_to_defer
      return unless @defer
      already = @application.changed? ? [] : @defer & @after.deferred.keys
      already.each { |name| @left_alone << LeftAlone.new(name: name, kind: "gem", why: "it is deferred already") }
      @defer - already
    end

    # A railtie that is loaded though it is not listed would be refused, and a gem that is loaded at boot is not deferred.
    def put_back(names)
      @gone -= names
      names.each { |name| leave_alone(name, "it is loaded all the same, by what is kept") }
    end

    def leave_alone(name, why)
      @left_alone << LeftAlone.new(name: name, kind: @candidates.kind(name), why: why)
    end

    # Of what could go, the most with which the edited files work: most often all of it, at the first try.
    def choose
      keep_a_railtie
      return if @gone.empty? && !more?
      works = Experiment::Search.new(@gone) { |sets| sets.map { |gone| works?(gone) } }.largest
      (@gone - works).each { |name| leave_alone(name, "with the edited files, #{@failures.fetch((works + [name]).sort)}") }
      @gone = works
      put_back(@gone & @anyway)
      accept
    end

    # An empty list would be an error, as most often it is one.
    def keep_a_railtie
      return unless list(@gone).empty?
      railties = @gone & @candidates.railties
      @gone -= railties
      railties.each { |name| leave_alone(name, "it would leave an empty list") }
    end

    # Whether a railtie is wanted that the app does not load.
    def more?
      (@railties.to_a - @candidates.railties).any?
    end

    def works?(gone)
      @progress.say "trying the edited files in a copy of the app, without #{gone.size} of #{@gone.size}"
      failure = Attempt.open(@workspace.app, edits_without(gone), **@options) do |attempt|
        attempt.failure(@check).tap { |broken| look_at(attempt.loaded, gone) unless broken }
      end
      @failures[gone.sort] = failure if failure
      failure.nil?
    end

    # What is loaded all the same; and what others of the list bring in, which is listed from now on, as it is loaded.
    def look_at(loaded, gone)
      @anyway |= loaded & gone
      @brought |= (loaded & @candidates.all_railties) - list(gone) - gone
    end

    # The edits without what works, measured. The first boot of a copy fills Bootsnap's cache.
    def accept
      return nothing_works if @gone.empty? && !more?
      edits = edits_without(@gone)
      Attempt.open(@workspace.app, edits, **@options) do |attempt|
        failure = attempt.failure((@check if @anyway.any? || more?))
        raise Error, "nothing can be trimmed: with the edited files, #{failure}" if failure
        @saving = attempt.saving(@workspace, seconds: seconds_left, progress: @progress, jobs: @jobs)
      end
      @after = configuration(@gone)
      @edits = edits
    end

    def nothing_works
      raise Error, "nothing can be trimmed: with the edited files, #{@failures.values.first}" if @failures.any?
    end

    def seconds_left
      [@seconds - (Clock.now - @started), LEAST].max if @resident
    end

    def edits_without(gone)
      [
        Edit.new(path: ApplicationFile::PATH, before: @application_text, after: @application.to_s),
        Edit.new(path: ConfigurationFile::PATH, before: @configuration_text, after: configuration(gone).to_s.b)
      ].select(&:changed?)
    end

    def configuration(gone)
      ConfigurationFile.new(@configuration_text).tap do |file|
        railties = list(gone)
        # What the app has listed itself has to stand there, also where nothing of it goes.
        file.railties = railties if railties.sort != @candidates.railties.sort || @application.railties
        @constants.slice(*gone).each { |gem, constants| file.defer(gem, constants) }
      end
    end

    # The railties to have, in their order.
    def list(gone)
      have = (@candidates.railties - gone) | @railties.to_a | @brought
      (@candidates.known_railties & have) | have
    end
  end
end
