# frozen_string_literal: true

module ShowcaseMemtrim
  class LeftOutRailties
    # `has_one_attached :photo` without Active Storage, `rich_text_area` without Action Text: an error that says so.
    class Methods
      def initialize(railties, sources)
        @railties = railties
        @sources = sources
      end

      # Only where nothing else answers, and only in models and templates.
      def answer
        models = missing(:model_methods) and ::ActiveSupport.on_load(:active_record) { extend models }
        templates = missing(:template_methods) or return
        ::ActiveSupport.on_load(:action_view) do
          include templates
          ::ActionView::Helpers::FormBuilder.include(templates)
        end
      end

      private

      def missing(kind)
        return if @sources.all? { |source| source.public_send(kind).empty? }
        railties = @railties
        Module.new do
          define_method(:method_missing) do |name, *arguments, **options, &block|
            Callers.unseen { (error = railties.method_error(kind, name, self)) ? raise(error) : super(name, *arguments, **options, &block) }
          end

          # No more than before: whoever asks gets Rails' own answer.
          def respond_to_missing?(name, include_private = false)
            super
          end
        end
      end
    end
  end
end
