# frozen_string_literal: true

module ShowcaseMemtrim
  module Uses
    # What a file is for, by its place: :boot :app :lib :task :test :development :deploy :text.
    #
    # An engine's or another part's files (engines/x/app/…, packs/x/spec/…) have the roles that they would have in an app.
    class Role
      TOP = %w[app lib config db test spec features bin script scripts exe rakelib].freeze
      DEPLOY = %r{\A(?:\.github/|\.gitlab|\.circleci/|\.kamal/|\.buildkite/|\.semaphore/|\.ebextensions/|\.platform/|deploy/|\.docker/|docker/|k8s/|helm/|config/deploy|lib/capistrano/|config/schedule\.rb\z)|
        (?:\A|/)(?:Procfile[^/]*|(?:[\w.-]*\.)?Dockerfile[^/]*|Containerfile|(?:docker-)?compose[^/]*\.ya?ml|fly[\w.-]*\.toml|app\.json|heroku\.ya?ml|render\.ya?ml|appspec\.ya?ml|bitbucket-pipelines\.yml|Jenkinsfile|Capfile|crontab[^/]*|Makefile|justfile|\.env[^/]*)\z|
        \.(?:sh|bash|zsh|service|socket|timer|cron|conf)\z}xi
      DEVELOPMENT = %r{\A(?:\.devcontainer|\.vscode|sig|sorbet|\.husky)/|(?:\A|/)(?:Guardfile|Steepfile|Vagrantfile|Brewfile|Dangerfile|\.pryrc|\.irbrc|\.rdbgrc|\.rubocop[^/]*|\.standard[^/]*|\.solargraph\.yml|\.reek[^/]*|
        \.overcommit\.yml|lefthook\.ya?ml|\.erb[-_]lint\.yml|\.haml-lint\.yml|\.slim-lint\.yml|\.pre-commit-config\.yaml|\.yardopts|\.fasterer\.yml|\.pronto\.yml|rbs_collection\.yaml|package\.json)\z}x
      TEST = %r{\A(?:\.rspec[^/]*|\.simplecov|cucumber\.yml|config/cucumber\.yml|\.mutant\.yml)\z}
      TASK = %r{\A(?:lib/tasks|script|scripts|bin|exe|db|rakelib)/|\.rake\z|(?:\A|/)(?:Rakefile|Thorfile|rakefile)\z}

      # @param env [String] the environment whose file counts as the app's
      # @param unit [#call] whether a directory (relative) is a part with files of its own: an engine, a gem, a pack
      def initialize(env, unit)
        @env = env
        @unit = unit
      end

      # @param file [String] relative to the app
      # @return [Symbol]
      def of(file, ruby: false)
        within = place(file)
        case within
        when TEST, %r{\A(?:test|spec|features)/} then :test
        when DEPLOY then :deploy
        when DEVELOPMENT then :development
        when %r{\Aconfig/environments/([^/]+)\.rb\z} then ($1 == @env) ? :boot : :development
        when TASK then :task
        when %r{\Aconfig/}, %r{(?:\A|/)config\.ru\z} then :boot
        when %r{\Aapp/} then :app
        when %r{\Alib/} then :lib
        else ruby ? :lib : :text
        end
      end

      # @return [String] the file's path in the app or in that part of it
      def place(file)
        parts = file.split("/")
        index = parts[0...-1].index { |part| TOP.include?(part) } or return file
        (index.zero? || @unit.call(parts.first(index).join("/"))) ? parts.drop(index).join("/") : file
      end
    end
  end
end
