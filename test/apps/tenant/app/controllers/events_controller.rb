# frozen_string_literal: true

class EventsController < ApplicationController
  before_action { @event = current_event }

  def show
    @counts = [Studio, Person, Entry, Heat].to_h { |model| [model.model_name.human(count: 2).pluralize, model.count] }
  end

  def edit
  end

  def update
    if @event.update(event_params)
      redirect_to event_path, notice: "Event was successfully updated."
    else
      render :edit, status: 422
    end
  end

  def schedule
    @heats = Heat.ordered.includes(:dance, entries: [:lead, :follow])
  end

  def archive
    ArchiveJob.perform_later(@event)
    redirect_to event_path, notice: "The archive is being made."
  end

  private

  def event_params
    params.require(:event).permit(:name, :location, :date, :start_time, :heat_length, :max_heat_size, :locked)
  end
end
