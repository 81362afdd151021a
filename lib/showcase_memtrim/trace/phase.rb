# frozen_string_literal: true

module ShowcaseMemtrim
  class Trace
    # When in an app's life a use was, as its stack tells.
    #
    # Read from the innermost frame outwards, the first that matches says it: a job that a request performs is a job, an
    # app that a test boots boots.
    #
    # - eager_load: eager load is on the stack; or the body of a file in app/ is, whoever loads it: in production, eager
    #   load does.
    # - initializer: config/initializers, config/environments and config/routes while they are read, or what a railtie
    #   does when the app is initialized.
    # - job: a job's `perform`, by Active Job or by the queue itself.
    # - request: a request, a message to a channel.
    # - task: a Rake task, a migration, seeds, a script, `rails runner`.
    # - test: a test uses it itself, and no code of the app's stands between.
    # - boot: config/application.rb and what else the process loads before the app is initialized.
    # - application: none of these: a console, a thread, code of the app's that a test calls.
    module Phase
      ALL = %i[boot initializer eager_load request job task test application].freeze
      # Those in which the app gets ready: what is used there is used by each boot.
      BOOT = %i[boot initializer eager_load].freeze

      # Whose code runs the app's: files, and their methods that count (nil: all).
      MACHINES = {
        eager_load: [[%r{/zeitwerk[^/]*/lib/zeitwerk/}, /\A(?:eager_load|actual_eager_load)/], [//, /\Aeager_load!\z/]],
        job: [
          [%r{/activejob[^/]*/lib/active_job/execution\.rb\z}, /\A(?:perform_now|_perform_job|execute)\z/],
          [%r{/sidekiq[^/]*/lib/sidekiq/}, /\A(?:dispatch|process|process_job|execute_job|perform_inline|perform_one|drain)\z/],
          [%r{/(?:resque|delayed_job|que|good_job|shoryuken|sucker_punch|sneakers)-[^/]+/}, /\A(?:perform|invoke_job|run|_run|execute_job|call|process|work)\z/]
        ],
        request: [
          [%r{/railties[^/]*/lib/rails/engine\.rb\z}, /\Acall\z/],
          [%r{/actionpack[^/]*/lib/action_controller/metal\.rb\z}, /\Adispatch\z/],
          [%r{/actioncable[^/]*/lib/action_cable/}, /\A(?:perform_action|subscribe_to_channel|invoke|work|handle_open|handle_close)\z/],
          [%r{/actionmailbox[^/]*/lib/action_mailbox/base\.rb\z}, /\Aperform_processing\z/],
          [%r{/(?:puma|unicorn|falcon|thin)-[^/]+/lib/}, /\A(?:handle_request|process_client|process_request)\z/],
          [%r{/(?:grape|sinatra)-[^/]+/lib/}, /\Acall!?\z/]
        ],
        task: [
          [%r{/rake/task\.rb\z}, /\Aexecute\z/],
          [%r{/railties[^/]*/lib/rails/commands/runner/}, nil],
          [%r{/activerecord[^/]*/lib/active_record/migration\.rb\z}, /\Aexec_migration\z/]
        ],
        initializer: [[%r{/railties[^/]*/lib/rails/initializable\.rb\z}, /\Arun\z/]]
      }.freeze

      # The app's own files of which the bodies run then. What a block in one of them does later is of another phase.
      BODIES = {
        %r{\Aconfig/(?:initializers/|environments/|routes\.rb\z|routes/)} => :initializer,
        %r{\Aconfig/(?:application|boot|environment|puma)\.rb\z|\Aconfig\.ru\z} => :boot,
        %r{(?:\A|\A[^/]+/[^/]+/)app/.+\.rb\z} => :eager_load
      }.freeze
      TASK = %r{\A(?:lib/tasks/|scripts?/|db/seeds|db/migrate/|Rakefile\z)|\.rake\z|\Abin/(?!(?:rails|rake|bundle|spring|dev|setup|puma|rspec|jobs|thrust|sidekiq|update)\z)}
      # Also of an engine in the app's repository.
      TEST = %r{\A(?!(?:app|lib|config)/)(?:[^/]+/[^/]+/)?(?:test|spec|features)/}

      class << self
        # @param frames [Array<Frame>] the innermost first
        # @param owner [Owner] the app's
        # @return [Symbol] one of ALL
        def of(frames, owner)
          between = false
          frames.each do |frame|
            own = owner.own?(frame.path)
            path = owner.relative(frame.path) if own
            phase = path ? of_own(path, frame, between) : of_machine(frame)
            return phase if phase
            between ||= own
          end
          :application
        end

        private

        def of_machine(frame)
          MACHINES.find { |_, places| places.any? { |files, methods| files.match?(frame.path) && (methods.nil? || methods.match?(frame.name)) } }&.first
        end

        # @param between [Boolean] whether other code of the app's stands between
        def of_own(path, frame, between)
          return between ? :application : :test if TEST.match?(path)
          return :task if TASK.match?(path)
          BODIES.find { |files, _| files.match?(path) }&.last if frame.body?
        end
      end
    end
  end
end
